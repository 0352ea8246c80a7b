using KernelGateway.Client.Connect;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>The stream of changes in a directory.</summary>
internal sealed class DirectoryWatch : IAsyncDisposable
{
    private readonly EnvdClient _envd;
    private readonly ConnectStream _stream;

    private DirectoryWatch(EnvdClient envd, ConnectStream stream)
    {
        _envd = envd;
        _stream = stream;
    }

    /// <summary>Begins a watch; it sees the changes after this has returned.</summary>
    public static async Task<DirectoryWatch> OpenAsync(EnvdClient envd, string path, WatchOptions options, CancellationToken cancellationToken)
    {
        if (options.Recursive) envd.Version.Require(EnvdVersion.RecursiveWatch, "A recursive watch");
        if (options.IncludeEntry) envd.Version.Require(EnvdVersion.WatchEntry, "WatchOptions.IncludeEntry");
        if (options.AllowNetworkMounts) envd.Version.Require(EnvdVersion.NetworkMounts, "WatchOptions.AllowNetworkMounts");
        var request = new JObject
        {
            ["path"] = path,
            ["recursive"] = options.Recursive,
            ["includeEntry"] = options.IncludeEntry,
            ["allowNetworkMounts"] = options.AllowNetworkMounts,
        };
        var limit = StreamTimeout.Read(options.Timeout, nameof(options));
        var (stream, _) = await envd.OpenAsync(
            "filesystem.Filesystem/WatchDir", request, envd.UserOr(options.User), limit, EnvdErrors.File, cancellationToken).ConfigureAwait(false);
        return new DirectoryWatch(envd, stream);
    }

    /// <summary>Waits for the next change; null when the service has ended the watch.</summary>
    public async ValueTask<FileEvent?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _stream.ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
                if (message["filesystem"] is JObject change) return FileEvent.Read(change);
            return null;
        }
        catch (ConnectException exception)
        {
            throw EnvdErrors.Translate(exception, EnvdErrors.File);
        }
        catch (IOException exception)
        {
            throw await _envd.ExplainAsync(exception, cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
