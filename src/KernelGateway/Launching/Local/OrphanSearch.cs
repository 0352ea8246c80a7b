using System.Globalization;
using System.Text;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Processes.Inspection;
using KernelGateway.Protocol.Files;

namespace KernelGateway.Launching.Local;

/// <summary>Searches the run directories below a root and takes over those whose gateway has ended.</summary>
internal static class OrphanSearch
{
    // From fork to exec a child of the dead gateway holds the gateway's files and looks like the gateway: microseconds, or more
    // under load.
    private const int MaxLooks = 10;
    // Real time, because a process of the system is awaited.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // A record has about 500 bytes, and the fields that a host adds.
    private const int MaxRecordBytes = 1024 * 1024;

    internal static async Task<IReadOnlyList<OrphanedKernel>> RunAsync(RunRoots roots, CancellationToken cancellationToken)
    {
        // Only here: the caller gets every directory that was claimed, or it would stay locked.
        cancellationToken.ThrowIfCancellationRequested();
        var orphans = new List<OrphanedKernel>();
        foreach (var path in roots.FindExisting().SelectMany(Subdirectories))
        {
            // Created by another user, or open to others: it does not belong to a gateway of this user, whatever its records say.
            if (PrivateDirectory.FindProblem(path) is not null) continue;
            if (await ClaimAsync(path).ConfigureAwait(false) is not { } owner)
            {
                RemoveUnfinished(path);
                continue;
            }

            var directory = new RunDirectory(path, owner, isClaimed: true);
            var found = await ReadRecordsAsync(directory).ConfigureAwait(false);
            // It contains nothing that can be used.
            if (found.Count == 0) await directory.DisposeAsync().ConfigureAwait(false);
            orphans.AddRange(found);
        }

        return orphans;
    }

    private static string[] Subdirectories(string root)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static async Task<RunDirectoryOwner?> ClaimAsync(string path)
    {
        for (var look = 1; ; look++)
        {
            if (RunDirectoryOwner.TryClaim(path) is { } owner) return owner;
            if (look == MaxLooks || !RunDirectoryOwner.IsGone(path)) return null;
            await Task.Delay(Pause, TimeProvider.System).ConfigureAwait(false);
        }
    }

    // Its gateway ended after it had made the directory and before it was its owner: (process id)-(random)
    private static void RemoveUnfinished(string path)
    {
        var name = Path.GetFileName(path);
        if (name.IndexOf('-') is not (> 0 and var dash)
            || !int.TryParse(name.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
            || ProcessStart.Read(processId) is not null)
            return;

        try
        {
            Directory.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is not empty, so it is in use.
        }
    }

    // The gateway ended just before or just after it started the process.
    private static async Task<KernelRecord> CompleteAsync(KernelRecord record)
    {
        for (var look = 1; OperatingSystem.IsLinux() && look <= MaxLooks; look++)
        {
            if (record.Mark.FindProcess() is { } processId && ProcessStart.Read(processId) is { } start)
                return record with { ProcessId = processId, ProcessStart = start };
            await Task.Delay(Pause, TimeProvider.System).ConfigureAwait(false);
        }

        return record;
    }

    // Not cancellable: a directory is claimed with all of its kernels or not at all.
    private static async Task<List<OrphanedKernel>> ReadRecordsAsync(RunDirectory directory)
    {
        var found = new List<OrphanedKernel>();
        foreach (var path in RecordPaths(directory.Path))
        {
            if (await TryReadAsync(path).ConfigureAwait(false) is not { } record) continue;
            var name = Path.GetFileNameWithoutExtension(path)[RunDirectory.RecordPrefix.Length..];
            // Otherwise no gateway has written it, and its content is not trusted.
            if (!IsSameFile(record.ConnectionFilePath, KernelFiles.ConnectionFileIn(directory.Path, name))) continue;
            if (record.ProcessId == KernelRecord.NoProcess) record = await CompleteAsync(record).ConfigureAwait(false);
            found.Add(new OrphanedKernel(record, directory.Reserve(name, record.UserId)));
        }

        return found;
    }

    // The way to the directory may be another one by now (TMPDIR, a link); its own name is random.
    private static bool IsSameFile(string recorded, string expected) =>
        Path.GetFileName(recorded) == Path.GetFileName(expected)
        && Path.GetFileName(Path.GetDirectoryName(recorded)) == Path.GetFileName(Path.GetDirectoryName(expected));

    private static string[] RecordPaths(string directory)
    {
        try
        {
            return [.. Directory.EnumerateFiles(directory, $"{RunDirectory.RecordPrefix}*.json").Order(StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            // Its gateway was just deleting it.
            return [];
        }
    }

    private static async Task<KernelRecord?> TryReadAsync(string path)
    {
        try
        {
            var bytes = await OutsideFile.ReadAsync(path, MaxRecordBytes, OutsideFileRules.NoLink | OutsideFileRules.OwnedByUs).ConfigureAwait(false);
            return KernelRecord.TryParse(Encoding.UTF8.GetString(bytes));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
