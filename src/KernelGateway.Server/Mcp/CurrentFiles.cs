using KernelGateway.Sandboxes;
using KernelGateway.SandboxServices;

namespace KernelGateway.Server.Mcp;

/// <summary>The files as the default user of each moment reads and writes them: <c>/init</c> may name another one later.</summary>
internal sealed class CurrentFiles(LocalSandbox sandbox) : ISandboxFiles
{
    private ISandboxFiles Files => sandbox.Files;

    public Task<string> ReadTextAsync(string path, CancellationToken cancellationToken) => Files.ReadTextAsync(path, cancellationToken);

    public Task<byte[]> ReadBytesAsync(string path, CancellationToken cancellationToken) => Files.ReadBytesAsync(path, cancellationToken);

    public Task WriteTextAsync(string path, string text, CancellationToken cancellationToken) => Files.WriteTextAsync(path, text, cancellationToken);

    public Task WriteBytesAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        Files.WriteBytesAsync(path, content, cancellationToken);

    public Task<IReadOnlyList<SandboxEntry>> ListAsync(string path, int depth, CancellationToken cancellationToken) =>
        Files.ListAsync(path, depth, cancellationToken);

    public Task<bool> ExistsAsync(string path, CancellationToken cancellationToken) => Files.ExistsAsync(path, cancellationToken);

    public Task RemoveAsync(string path, CancellationToken cancellationToken) => Files.RemoveAsync(path, cancellationToken);

    public Task<bool> MakeDirectoryAsync(string path, CancellationToken cancellationToken) => Files.MakeDirectoryAsync(path, cancellationToken);
}
