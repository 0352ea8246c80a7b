using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Security;

/// <summary>
/// The tokens that are accepted: that of the options, and those of the token file, which is examined every second.
/// </summary>
/// <remarks>
/// A change is used when two readings in a row agree, because a file that is being written lacks tokens that are still valid. A file
/// that cannot be used changes nothing. When a token is withdrawn or expires, its open requests and WebSockets are ended.
/// </remarks>
internal sealed partial class AccessTokens : IDisposable
{
    /// <summary>How often the file is examined, and read if it has changed.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly AccessToken? _default;
    private readonly string? _path;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ITimer? _timer;
    private volatile IReadOnlyList<AccessToken> _named = [];
    private byte[] _used = [];       // read and written by the timer's callback only, as the three below
    private byte[]? _lastSeen;       // differs from _used
    private TokenFileStamp? _stamp;  // of the file when it had the content that is used; null when it has to be read
    private string? _problem;        // the one that was logged last

    /// <exception cref="TokenFileException">The token file cannot be used.</exception>
    public AccessTokens(string? token, string? path, ILogger logger, TimeProvider time)
    {
        _default = token is null ? null : AccessToken.CreateDefault(token);
        _path = path;
        _logger = logger;
        _time = time;
        if (path is null) return;
        _used = TokenFile.Read(path);
        _named = TokenFile.Parse(_used);
        using (ExecutionContext.SuppressFlow()) _timer = time.CreateTimer(static state => ((AccessTokens)state!).Look(), this, Interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Finds the token with a digest. The time does not depend on which one it is.</summary>
    public AccessToken? Find(ReadOnlySpan<byte> digest)
    {
        var found = _default is not null && _default.Matches(digest) ? _default : null;
        foreach (var token in _named)
        {
            if (token.Matches(digest) && !token.IsExpired(_time.GetUtcNow())) found = token;
        }

        return found;
    }

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        try
        {
            ReadAgain();
            EndExpired();
        }
        catch (Exception exception)
        {
            // Without this the process would end; with it the next reading may succeed.
            LogFailed(exception);
        }
        finally
        {
            _timer?.Change(Interval, Timeout.InfiniteTimeSpan);
        }
    }

    private void ReadAgain()
    {
        try
        {
            var stamp = TokenFileStamp.Find(_path!);
            if (stamp is not null && stamp == _stamp) return;
            _stamp = null;
            var content = TokenFile.Read(_path!);
            var wasSeen = _lastSeen is not null && _lastSeen.AsSpan().SequenceEqual(content);
            _lastSeen = content;
            if (!_used.AsSpan().SequenceEqual(content))
            {
                if (!wasSeen) return;
                Use(TokenFile.Parse(content));
                _used = content;
            }

            // Before the next reading, a change would be seen in the stamp only if the stamp is old enough.
            if (stamp is { IsSettled: true }) _stamp = stamp;
            _problem = null;
        }
        catch (TokenFileException exception)
        {
            if (_problem == exception.Message) return;
            _problem = exception.Message;
            LogNotUsed(exception.Message);
        }
    }

    private void Use(IReadOnlyList<AccessToken> read)
    {
        var former = _named;
        _named = [.. read.Select(token => former.FirstOrDefault(token.IsSameAs)?.WithExpiry(token.Expires) ?? token)];
        var withdrawn = former.Where(token => !read.Any(token.IsSameAs)).ToArray();
        var added = read.Where(token => !former.Any(token.IsSameAs));
        LogChanged(read.Count, NamesOf(added), NamesOf(withdrawn));
        foreach (var token in withdrawn) token.Withdraw();
    }

    private void EndExpired()
    {
        var now = _time.GetUtcNow();
        foreach (var token in _named)
        {
            if (token.IsExpired(now)) token.Withdraw();
        }
    }

    private static string NamesOf(IEnumerable<AccessToken> tokens) => string.Join(", ", tokens.Select(token => token.Name)) is { Length: > 0 } names ? names : "none";

    [LoggerMessage(5005, LogLevel.Information, "The token file has changed and has {Count} tokens. New: {Added}. Withdrawn: {Withdrawn}.")]
    private partial void LogChanged(int count, string added, string withdrawn);

    [LoggerMessage(5006, LogLevel.Warning, "The token file cannot be used; the tokens that were read before stay valid. {Problem}")]
    private partial void LogNotUsed(string problem);

    [LoggerMessage(5007, LogLevel.Error, "The token file could not be read again.")]
    private partial void LogFailed(Exception exception);
}
