namespace KernelGateway.Launching.RunDirectories;

/// <summary>Goes through the run directories below a root and takes over those whose gateway is gone.</summary>
internal static class OrphanSearch
{
    internal static async Task<IReadOnlyList<OrphanedKernel>> RunAsync(string root, CancellationToken cancellationToken)
    {
        var orphans = new List<OrphanedKernel>();
        if (!Directory.Exists(root)) return orphans;
        foreach (var path in Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (RunDirectoryOwner.TryClaim(path) is not { } owner) continue;
            var directory = new RunDirectory(path, owner, isClaimed: true);
            var found = await ReadRecordsAsync(directory).ConfigureAwait(false);
            // Nothing in it can be of use to anybody.
            if (found.Count == 0) await directory.DisposeAsync().ConfigureAwait(false);
            orphans.AddRange(found);
        }

        return orphans;
    }

    // Not cancellable: a directory is claimed with all of its kernels or not at all.
    private static async Task<List<OrphanedKernel>> ReadRecordsAsync(RunDirectory directory)
    {
        var found = new List<OrphanedKernel>();
        foreach (var path in RecordPaths(directory.Path))
        {
            if (await TryReadAsync(path).ConfigureAwait(false) is not { } record) continue;
            var name = Path.GetFileNameWithoutExtension(path)[RunDirectory.RecordPrefix.Length..];
            found.Add(new OrphanedKernel(record, directory.Reserve(name)));
        }

        return found;
    }

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
            return KernelRecord.TryParse(await File.ReadAllTextAsync(path).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
