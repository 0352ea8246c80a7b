using System.Text;
using KernelGateway.Sandboxes;

namespace KernelGateway.Abstractions.Tests.Support;

/// <summary>Files in memory. The home directory is <c>/home/user</c>.</summary>
internal sealed class MemoryFiles : ISandboxFiles
{
    private const string Home = "/home/user";

    /// <summary>Gets the content of the files by their absolute paths.</summary>
    public SortedDictionary<string, byte[]> Contents { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets or sets a value indicating whether there is no room for another file.</summary>
    public bool IsFull { get; set; }

    public async Task<string> ReadTextAsync(string path, CancellationToken cancellationToken = default) =>
        Encoding.UTF8.GetString(await ReadBytesAsync(path, cancellationToken));

    public Task<byte[]> ReadBytesAsync(string path, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Contents.TryGetValue(Resolve(path), out var content)
            ? Task.FromResult(content)
            : throw new SandboxException(SandboxError.NotFound, $"'{path}' does not exist.");
    }

    public Task WriteTextAsync(string path, string text, CancellationToken cancellationToken = default) =>
        WriteBytesAsync(path, Encoding.UTF8.GetBytes(text), cancellationToken);

    public Task WriteBytesAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (IsFull) throw new SandboxException(SandboxError.NoSpace, "The disk is full.");
        Contents[Resolve(path)] = content.ToArray();
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<SandboxEntry>> ListAsync(string path, int depth = 1, CancellationToken cancellationToken = default)
    {
        var directory = Resolve(path).TrimEnd('/') + "/";
        var files = Contents.Where(file => file.Key.StartsWith(directory, StringComparison.Ordinal)).ToList();
        if (files.Count == 0 && directory != Home + "/") throw new SandboxException(SandboxError.NotFound, $"'{path}' does not exist.");
        var directories = files
            .Select(file => file.Key[directory.Length..])
            .Where(name => name.Contains('/', StringComparison.Ordinal))
            .Select(name => new SandboxEntry(directory + name[..name.IndexOf('/', StringComparison.Ordinal)], IsDirectory: true, 0, null))
            .Distinct();
        var entries = files
            .Where(file => !file.Key[directory.Length..].Contains('/', StringComparison.Ordinal))
            .Select(file => new SandboxEntry(file.Key, IsDirectory: false, file.Value.Length, null));
        return Task.FromResult<IReadOnlyList<SandboxEntry>>([.. directories, .. entries]);
    }

    public Task<bool> ExistsAsync(string path, CancellationToken cancellationToken = default) => Task.FromResult(Contents.ContainsKey(Resolve(path)));

    public Task RemoveAsync(string path, CancellationToken cancellationToken = default)
    {
        var removed = Resolve(path);
        foreach (var file in Contents.Keys.Where(file => file == removed || file.StartsWith(removed + "/", StringComparison.Ordinal)).ToList())
        {
            Contents.Remove(file);
        }
        return Task.CompletedTask;
    }

    public Task<bool> MakeDirectoryAsync(string path, CancellationToken cancellationToken = default) => Task.FromResult(true);

    private static string Resolve(string path) => path.StartsWith('/') ? path : path.Length == 0 ? Home : $"{Home}/{path}";
}
