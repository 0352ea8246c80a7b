using System.Text;
using KernelGateway.Processes.Inspection;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>The files of one kernel in a run directory.</summary>
internal sealed class KernelFiles(RunDirectory directory, string name)
{
    private const int Deleted = 1;
    private const int Kept = 2;

    // Complete before the kernel is started. The files of an adopted kernel are not in it; they go with the directory.
    private readonly List<string> _others = [];
    private int _isReleased;

    internal string Name => name;

    /// <summary>The user that the kernel runs as; null for the gateway's own.</summary>
    internal uint? UserId { get; init; }

    internal RunDirectory Directory => directory;

    // Named as in Jupyter, so that Jupyter's tools find a running kernel by its connection file.
    internal string ConnectionFilePath => ConnectionFileIn(directory.Path, name);

    internal string RegistrationFilePath => Path.Combine(directory.Path, $"registration-{name}.json");

    /// <summary>The key of the kernel's control group, which no other kernel ever has: the run directory's name is random.</summary>
    internal string GroupKey => $"{Path.GetFileName(directory.Path)}-{name}";

    internal string RecordPath => Path.Combine(directory.Path, $"{RunDirectory.RecordPrefix}{name}.json");

    internal static string ConnectionFileIn(string directory, string name) => Path.Combine(directory, $"kernel-{name}.json");

    /// <summary>Writes down that a process is about to be started: a gateway that ends before it knows the process leaves a trace of it.</summary>
    internal Task WriteIntentionAsync(KernelLaunch launch, CancellationToken cancellationToken) =>
        PrivateFiles.WriteAsync(RecordPath, Record(launch, KernelRecord.NoProcess, "").ToJson(), cancellationToken);

    internal async Task WriteRecordAsync(KernelLaunch launch, int processId, CancellationToken cancellationToken)
    {
        // Without a start time the process has ended already, and there is nothing to find again.
        if (ProcessStart.Read(processId) is not { } start) return;
        await PrivateFiles.WriteAsync(RecordPath, Record(launch, processId, start).ToJson(), cancellationToken).ConfigureAwait(false);

        // The kernel may have ended in the meantime, and its files may be deleted.
        if (Volatile.Read(ref _isReleased) == Deleted) PrivateFiles.TryDelete(RecordPath);
    }

    /// <summary>Writes a file that goes with the kernel, and gives its path.</summary>
    internal async Task<string> WriteAsync(string purpose, string content, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory.Path, $"{purpose.ToLowerInvariant()}-{name}");
        _others.Add(path);
        await PrivateFiles.WriteAsync(path, Encoding.UTF8.GetBytes(content), cancellationToken).ConfigureAwait(false);
        return path;
    }

    /// <summary>Deletes the files.</summary>
    internal void Delete() => Release(keep: false);

    /// <summary>Leaves the files to the next gateway.</summary>
    internal void Keep() => Release(keep: true);

    private void Release(bool keep)
    {
        if (Interlocked.CompareExchange(ref _isReleased, keep ? Kept : Deleted, 0) != 0) return;
        if (!keep)
        {
            PrivateFiles.TryDelete(RecordPath);
            PrivateFiles.TryDelete(ConnectionFilePath);
            PrivateFiles.TryDelete(RegistrationFilePath);
            foreach (var path in _others) DeleteWithTemporaries(path);
        }

        directory.Release(name, keep);
    }

    // A program that is killed while it replaces such a file leaves what it has written beside it (Octave's history: NAME-PID.tmp).
    private static void DeleteWithTemporaries(string path)
    {
        try
        {
            foreach (var file in System.IO.Directory.GetFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}*")) PrivateFiles.TryDelete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The run directory is gone, and the files with it.
        }
    }

    private KernelRecord Record(KernelLaunch launch, int processId, string processStart) => new()
    {
        KernelId = launch.KernelId,
        ProcessId = processId,
        ProcessStart = processStart,
        KernelSpecName = launch.Spec.Name,
        ConnectionFilePath = ConnectionFilePath,
        UserId = UserId,
        ContextFields = launch.ContextFields ?? [],
    };
}
