using KernelGateway.Launching.Processes;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>The files of one kernel in a run directory.</summary>
internal sealed class KernelFiles(RunDirectory directory, string name)
{
    private const int Deleted = 1;
    private const int Kept = 2;

    private int _isReleased;

    internal string Name => name;

    internal RunDirectory Directory => directory;

    // Named as Jupyter names them, so that its own tools find a running kernel by its connection file.
    internal string ConnectionFilePath => Path.Combine(directory.Path, $"kernel-{name}.json");

    internal string RegistrationFilePath => Path.Combine(directory.Path, $"registration-{name}.json");

    internal string RecordPath => Path.Combine(directory.Path, $"{RunDirectory.RecordPrefix}{name}.json");

    internal async Task WriteRecordAsync(KernelLaunch launch, int processId, CancellationToken cancellationToken)
    {
        // Without a start the process is gone already, and there is nothing to find again.
        if (ProcessStart.Read(processId) is not { } start) return;
        var record = new KernelRecord
        {
            KernelId = launch.KernelId,
            ProcessId = processId,
            ProcessStart = start,
            KernelSpecName = launch.Spec.Name,
            ConnectionFilePath = ConnectionFilePath,
            ContextFields = launch.ContextFields ?? [],
        };
        await PrivateFiles.WriteAsync(RecordPath, record.ToJson(), cancellationToken).ConfigureAwait(false);

        // The kernel may have ended meanwhile, and its files been deleted.
        if (Volatile.Read(ref _isReleased) == Deleted) PrivateFiles.TryDelete(RecordPath);
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
        }

        directory.Release(name, keep);
    }
}
