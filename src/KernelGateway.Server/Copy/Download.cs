using KernelGateway.AspNetCore.Envd.Messages;
using KernelGateway.Server.Exec;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Copy;

/// <summary>Copies from the machine of a gateway to this one.</summary>
internal sealed class Download(RemoteGateway gateway, CopyReport report)
{
    private const int BufferBytes = 128 * 1024;
    private const uint UserExecute = 0x40;
    private const UnixFileMode ReadBits = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const int FromReadToExecute = 2;

    private RemoteFiles Files => gateway.Files;

    /// <summary>Copies a file or a directory, or a file to the standard output.</summary>
    /// <exception cref="CopyException">It cannot be copied.</exception>
    /// <exception cref="RemoteException">The gateway refused or failed.</exception>
    public async Task RunAsync(CopyPath source, CopyPath target, CancellationToken cancellationToken)
    {
        var entry = await Files.FindAsync(source.Text, cancellationToken)
            ?? throw new CopyException($"'{source}' does not exist on the machine of the gateway.");
        switch (entry.Type)
        {
            case FileType.File when target.IsStandardStream:
                await WriteToOutputAsync(entry, cancellationToken);
                break;
            case FileType.File:
                await ReceiveFileAsync(entry, Place(entry, target, isContentOnly: false), cancellationToken);
                break;
            case FileType.Directory when target.IsStandardStream:
                throw new CopyException($"'{source}' is a directory; only a file can be written to the standard output.");
            case FileType.Directory:
                await ReceiveTreeAsync(entry.Path, Place(entry, target, source.IsContentOnly), cancellationToken);
                break;
            default:
                throw new CopyException($"'{source}' is neither a regular file nor a directory.");
        }
    }

    private static string Place(EntryInfo entry, CopyPath target, bool isContentOnly)
    {
        if (isContentOnly) return target.Text;
        if (Directory.Exists(target.Text) || target.IsDirectoryPath) return Path.Combine(target.Text, CheckName(entry.Name));
        return target.Text;
    }

    // A gateway must not choose where on this machine something is written.
    private static string CheckName(string name) =>
        name is "" or "." or ".." || name.Contains('/') || name.Contains(Path.DirectorySeparatorChar)
            ? throw new CopyException($"The gateway named an entry '{name}', which is not a name.")
            : name;

    private async Task ReceiveTreeAsync(string source, string target, CancellationToken cancellationToken)
    {
        if (File.Exists(target))
            throw new CopyException($"'{target}' is not a directory, so a directory cannot be copied to it.");
        Directory.CreateDirectory(target);
        var entries = await Files.ListAsync(source, cancellationToken);
        foreach (var entry in entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var path = Path.Combine(target, CheckName(entry.Name));
            switch (entry.Type)
            {
                case FileType.File:
                    await ReceiveFileAsync(entry, path, cancellationToken);
                    break;
                case FileType.Directory when entry.HasSymlinkTarget:
                    report.WriteSkipped($":{entry.Path}", "it is a symbolic link to a directory");
                    break;
                case FileType.Directory:
                    await ReceiveTreeAsync(CopyPath.Join(source, entry.Name), path, cancellationToken);
                    break;
                default:
                    report.WriteSkipped($":{entry.Path}", "it is not a regular file");
                    break;
            }
        }
    }

    private async Task ReceiveFileAsync(EntryInfo entry, string target, CancellationToken cancellationToken)
    {
        await using var content = await Files.OpenReadAsync(entry.Path, cancellationToken);
        if (Path.GetDirectoryName(target) is { Length: > 0 } parent) Directory.CreateDirectory(parent);
        var isNew = !File.Exists(target);
        try
        {
            await using var file = new FileStream(
                target, FileMode.Create, FileAccess.Write, FileShare.Read, BufferBytes, FileOptions.Asynchronous);
            report.Progress.Begin($":{entry.Path}", content.Length);
            await using var counted = report.Progress.Count(content.Stream);
            await CopyAsync(counted, file, cancellationToken);
            report.Progress.End();
            if (isNew && (entry.Mode & UserExecute) != 0 && !OperatingSystem.IsWindows())
            {
                // Who may read it may execute it, which keeps what the umask took away.
                var mode = File.GetUnixFileMode(file.SafeFileHandle);
                File.SetUnixFileMode(file.SafeFileHandle, mode | (UnixFileMode)((int)(mode & ReadBits) >> FromReadToExecute));
            }
        }
        catch
        {
            // Half a file is not left for a whole one.
            if (isNew) File.Delete(target);
            throw;
        }
    }

    private async Task WriteToOutputAsync(EntryInfo entry, CancellationToken cancellationToken)
    {
        await using var content = await Files.OpenReadAsync(entry.Path, cancellationToken);
        report.Progress.Begin($":{entry.Path}", content.Length);
        await using var counted = report.Progress.Count(content.Stream);
        var block = new byte[BufferBytes];
        while (await ReadAsync(counted, block, cancellationToken) is var count and > 0)
        {
            if (!StandardStreams.TryWrite(StandardStreams.Output, block.AsSpan(0, count)))
                throw new CopyException("Nobody reads the standard output any more.");
        }

        report.Progress.End();
    }

    private async Task CopyAsync(Stream source, Stream target, CancellationToken cancellationToken)
    {
        var block = new byte[BufferBytes];
        while (await ReadAsync(source, block, cancellationToken) is var count and > 0)
            await target.WriteAsync(block.AsMemory(0, count), cancellationToken);
    }

    private async Task<int> ReadAsync(Stream source, byte[] block, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(block, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw gateway.Unreachable(exception);
        }
    }
}
