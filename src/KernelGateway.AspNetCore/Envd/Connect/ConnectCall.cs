using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Envd.Connect;

/// <summary>One call: who calls, and how long the answer may take.</summary>
internal sealed class ConnectCall : IDisposable
{
    private const int MaxTimeoutDigits = 10;
    private static readonly TimeSpan DefaultKeepAlive = TimeSpan.FromSeconds(90);

    // The longest time that timers measure. A longer limit is none.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(49);

    private readonly CancellationTokenSource? _deadline;
    private readonly CancellationTokenSource _ended;

    private ConnectCall(HttpContext context, TimeSpan? timeout, TimeProvider time)
    {
        HttpContext = context;
        Timeout = timeout;
        KeepAlive = ReadKeepAlive(context.Request);
        _deadline = timeout is { } limit ? new CancellationTokenSource(limit, time) : null;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _deadline?.Token ?? CancellationToken.None);
    }

    public HttpContext HttpContext { get; }

    /// <summary>Gets the time limit that the client has set; null for none.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>Gets the silence after which a stream gets a keep-alive message.</summary>
    public TimeSpan KeepAlive { get; }

    /// <summary>Gets the token that is cancelled when the client has gone or the time limit has passed.</summary>
    public CancellationToken Cancellation => _ended.Token;

    /// <summary>Gets a value indicating whether the time limit has passed.</summary>
    public bool IsDeadlinePassed => _deadline?.IsCancellationRequested == true;

    /// <summary>Reads the headers of a call.</summary>
    /// <exception cref="ConnectException">The time limit is not a number.</exception>
    public static ConnectCall Create(HttpContext context, TimeProvider time) =>
        new(context, ReadTimeout(context.Request), time);

    /// <summary>Ends the work of the call.</summary>
    public Task CancelAsync() => _ended.CancelAsync();

    public void Dispose()
    {
        _ended.Dispose();
        _deadline?.Dispose();
    }

    private static TimeSpan? ReadTimeout(HttpRequest request)
    {
        // Connect protocol, Timeout-Milliseconds: at most ten digits.
        var text = request.Headers["Connect-Timeout-Ms"].ToString();
        if (text.Length == 0) return null;
        if (text.Length > MaxTimeoutDigits || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
        {
            throw new ConnectException(
                ConnectCode.InvalidArgument, $"protocol error: the timeout \"{text}\" is not a number of at most ten digits");
        }

        var timeout = TimeSpan.FromMilliseconds(milliseconds);
        return timeout < LongestTimeout ? timeout : null;
    }

    private static TimeSpan ReadKeepAlive(HttpRequest request) =>
        int.TryParse(
            request.Headers["Keepalive-Ping-Interval"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds > 0 && TimeSpan.FromSeconds(seconds) < LongestTimeout
            ? TimeSpan.FromSeconds(seconds)
            : DefaultKeepAlive;
}
