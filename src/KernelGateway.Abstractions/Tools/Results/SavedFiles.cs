namespace KernelGateway.Tools.Results;

/// <summary>Files with the whole of what was cut, in a directory of their own. The number of files is limited.</summary>
internal sealed class SavedFiles(ISandboxFiles files, string parent, int maxFiles) : IAsyncDisposable
{
    // A relative path stays relative: it is the files' business where the home directory is.
    private readonly string _directory = (parent.Length == 0 ? "" : parent.TrimEnd('/') + "/") + $"tool-output-{Guid.NewGuid().ToString("N")[..8]}";
    private readonly Lock _lock = new();
    private readonly Queue<string> _paths = [];
    private int _count;
    private bool _isDisposed;

    /// <summary>Saves a file.</summary>
    /// <param name="name">The end of its name.</param>
    /// <param name="content">Its content.</param>
    /// <param name="cancellationToken">Stops saving.</param>
    /// <returns>Its absolute path; null if it could not be saved.</returns>
    public async Task<string?> SaveAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        string path;
        string? oldest = null;
        lock (_lock)
        {
            if (_isDisposed) return null;
            name = $"{++_count}-{name}";
            path = $"{_directory}/{name}";
            _paths.Enqueue(path);
            if (_paths.Count > maxFiles) oldest = _paths.Dequeue();
        }
        try
        {
            if (oldest is not null) await files.RemoveAsync(oldest, cancellationToken).ConfigureAwait(false);
        }
        catch (KernelGatewayException)
        {
            // The code may have removed it.
        }
        try
        {
            await files.WriteBytesAsync(path, content, cancellationToken).ConfigureAwait(false);
            var entries = await files.ListAsync(_directory, 1, cancellationToken).ConfigureAwait(false);
            return entries.FirstOrDefault(entry => entry.Name == name)?.Path ?? path;
        }
        catch (KernelGatewayException)
        {
            // The disk may be full, for example. The model gets the cut output, without the path.
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            if (_count == 0) return;
        }
        try
        {
            await files.RemoveAsync(_directory, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is KernelGatewayException or ObjectDisposedException)
        {
            // The machine or sandbox is gone, and its files with it.
        }
    }
}
