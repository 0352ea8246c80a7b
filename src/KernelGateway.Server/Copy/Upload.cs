using KernelGateway.AspNetCore.Envd.Messages;
using KernelGateway.Protocol.Files;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Copy;

/// <summary>Copies from this machine to that of a gateway.</summary>
internal sealed class Upload(RemoteGateway gateway, CopyReport report)
{
    private const int BufferBytes = 128 * 1024;
    private const int MaxPathsOfOneCommand = 200;

    // The gateway writes files without the right to execute them.
    private readonly List<string> _executables = [];

    private RemoteFiles Files => gateway.Files;

    /// <summary>Copies a file, a directory or the standard input.</summary>
    /// <exception cref="CopyException">It cannot be copied.</exception>
    /// <exception cref="RemoteException">The gateway refused or failed.</exception>
    public async Task RunAsync(CopyPath source, CopyPath target, CancellationToken cancellationToken)
    {
        var entry = await Files.FindAsync(target.Text, cancellationToken);
        if (source.IsStandardStream)
        {
            if (entry?.Type == FileType.Directory || target.IsDirectoryPath)
                throw new CopyException($"'{target}' is a directory; name the file that the standard input is written to.");
            await using var input = Console.OpenStandardInput();
            await SendAsync("-", input, length: null, target.Text, cancellationToken);
            return;
        }

        if (Directory.Exists(source.Text)) await SendDirectoryAsync(source, target, entry, cancellationToken);
        else if (File.Exists(source.Text)) await SendFileAsync(source.Text, Place(source, target, entry), cancellationToken);
        else throw new CopyException($"'{source}' does not exist.");
        await MakeExecutableAsync(cancellationToken);
    }

    // A file that exists, or a path that does not, is the target itself; into a directory it goes by its name.
    private static string Place(CopyPath source, CopyPath target, EntryInfo? entry)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source.Text)));
        if (entry?.Type == FileType.Directory) return CopyPath.Join(entry.Path, name);
        return entry is null && target.IsDirectoryPath ? CopyPath.Join(target.Text, name) : target.Text;
    }

    private async Task SendDirectoryAsync(CopyPath source, CopyPath target, EntryInfo? entry, CancellationToken cancellationToken)
    {
        if (entry is not null && entry.Type != FileType.Directory)
            throw new CopyException($"'{target}' is not a directory, so the directory '{source}' cannot be copied to it.");
        var destination = entry is null ? target.Text : source.IsContentOnly ? entry.Path : Place(source, target, entry);
        await SendTreeAsync(source.Text, destination, cancellationToken);
    }

    private async Task SendTreeAsync(string source, string target, CancellationToken cancellationToken)
    {
        await Files.MakeDirectoryAsync(target, cancellationToken);
        foreach (var path in Directory.EnumerateFileSystemEntries(source).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (Directory.Exists(path))
            {
                // Links could lead in circles.
                if (new DirectoryInfo(path).LinkTarget is null)
                    await SendTreeAsync(path, CopyPath.Join(target, name), cancellationToken);
                else
                    report.WriteSkipped(path, "it is a symbolic link to a directory");
            }
            else if (OutsideFile.IsRegular(path))
            {
                // To open a pipe would wait for its other end.
                await SendFileAsync(path, CopyPath.Join(target, name), cancellationToken);
            }
            else
            {
                report.WriteSkipped(path, "it is not a regular file");
            }
        }
    }

    private async Task SendFileAsync(string source, string target, CancellationToken cancellationToken)
    {
        const FileShare Others = FileShare.ReadWrite | FileShare.Delete;
        await using var file = new FileStream(
            source, FileMode.Open, FileAccess.Read, Others, BufferBytes, FileOptions.Asynchronous);

        // Files of /proc say that they are empty.
        long? length = file is { CanSeek: true, Length: > 0 } ? file.Length : null;
        var written = await SendAsync(source, file, length, target, cancellationToken);
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(file.SafeFileHandle).HasFlag(UnixFileMode.UserExecute))
            _executables.Add(written);
    }

    private async Task<string> SendAsync(
        string name, Stream content, long? length, string target, CancellationToken cancellationToken)
    {
        report.Progress.Begin(name, length);
        await using var counted = report.Progress.Count(content);
        var path = await Files.WriteAsync(target, counted, length, cancellationToken);
        report.Progress.End();
        return path;
    }

    private async Task MakeExecutableAsync(CancellationToken cancellationToken)
    {
        foreach (var paths in _executables.Chunk(MaxPathsOfOneCommand))
        {
            var start = new RemoteStart { Command = "chmod", Arguments = ["+x", "--", .. paths], WorkingDirectory = "/" };
            await using var process = await gateway.Processes.StartAsync(start, cancellationToken);
            await foreach (var _ in process.ReadOutputAsync())
            {
                // Its end says enough.
            }

            if (process.End!.ExitCode != 0)
                throw new CopyException($"'{paths[0]}' was copied, but could not be made executable.");
        }
    }
}
