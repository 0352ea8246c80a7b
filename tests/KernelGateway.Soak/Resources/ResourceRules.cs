namespace KernelGateway.Soak.Resources;

/// <summary>Finds resources of a process that have not returned to their value at the start.</summary>
internal static class ResourceRules
{
    /// <summary>The shortest load for which the strict memory rule holds: the heap has then reached its full size at half time.</summary>
    public static readonly TimeSpan LongRun = TimeSpan.FromMinutes(10);

    private const double LongRunMegabytes = 5;

    // Half a minute into a short run the retained executions and the compiled code are still growing.
    private const double ShortRunMegabytes = 40;

    // A thread of the runtime's pool ends after 20 seconds without work, and some may just have been used.
    private const int ThreadTolerance = 2;

    public static double MemoryTolerance(TimeSpan load) => load >= LongRun ? LongRunMegabytes : ShortRunMegabytes;

    /// <param name="start">The sample after the warm-up, at rest.</param>
    /// <param name="half">The sample at half time, under load.</param>
    /// <param name="end">The sample at the end, after the quiet time and without contexts.</param>
    /// <param name="load">The duration of the load.</param>
    public static IEnumerable<string> Compare(ResourceSample start, ResourceSample half, ResourceSample end, TimeSpan load)
    {
        if (end.Descriptors > start.Descriptors) yield return $"descriptors: {start.Descriptors} at the start, {end.Descriptors} at the end";
        if (end.Threads > start.Threads + ThreadTolerance) yield return $"threads: {start.Threads} at the start, {end.Threads} at the end";
        if (end.Files > start.Files) yield return $"files: {start.Files} at the start, {end.Files} at the end";
        var limit = half.ResidentMegabytes + MemoryTolerance(load);
        if (end.ResidentMegabytes > limit)
        {
            yield return $"resident memory: {half.ResidentMegabytes:F1} MB at half time, {end.ResidentMegabytes:F1} MB at the end; the limit is {limit:F1} MB";
        }
    }
}
