using System.Globalization;
using System.Text;
using KernelGateway.Launching.Processes;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>The locked file that says whose a run directory is.</summary>
internal sealed class RunDirectoryOwner : IDisposable
{
    private const string FileName = "owner";

    private readonly FileStream _file;

    private RunDirectoryOwner(FileStream file)
    {
        _file = file;
        _file.SetLength(0);
        // For people, and for file systems whose locks cannot be trusted:   (process id) (its start)
        var text = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {ProcessStart.Read(Environment.ProcessId)}\n");
        _file.Write(Encoding.UTF8.GetBytes(text));
        _file.Flush();
    }

    internal static RunDirectoryOwner Create(string directory) =>
        new(PrivateFiles.CreateFile(Path.Combine(directory, FileName), FileShare.None));

    /// <summary>Takes over a directory; null when it is owned by a gateway that lives, or is no run directory.</summary>
    internal static RunDirectoryOwner? TryClaim(string directory)
    {
        FileStream file;
        try
        {
            // FileShare.None is a lock that goes with the process that holds it.
            file = new FileStream(Path.Combine(directory, FileName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        if (!IsOwnerAlive(file)) return new RunDirectoryOwner(file);
        file.Dispose();
        return null;
    }

    public void Dispose() => _file.Dispose();

    private static bool IsOwnerAlive(FileStream file)
    {
        var bytes = new byte[256];
        var text = Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)).TrimEnd().Split(' ');
        file.Position = 0;
        // A process may leave kernels running and look for them again itself: what it does not hold locked is not in use.
        return text.Length == 2
            && int.TryParse(text[0], NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
            && processId != Environment.ProcessId
            && ProcessStart.Read(processId) is { } start
            && start == text[1];
    }
}
