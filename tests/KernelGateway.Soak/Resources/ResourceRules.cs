namespace KernelGateway.Soak.Resources;

/// <summary>Says what of a process has not come back to where it was.</summary>
internal static class ResourceRules
{
    /// <summary>From this length on, the heap has long been full at half time, and the strict memory rule holds.</summary>
    public static readonly TimeSpan LongRun = TimeSpan.FromMinutes(10);

    private const double LongRunMegabytes = 5;

    // Half a minute into a short run neither the retained executions nor the compiled code are complete.
    private const double ShortRunMegabytes = 40;

    // A thread of the runtime's pool ends when it has had nothing to do for 20 seconds, and one of them may just have been woken.
    private const int ThreadTolerance = 2;

    public static double MemoryTolerance(TimeSpan load) => load >= LongRun ? LongRunMegabytes : ShortRunMegabytes;

    /// <param name="start">After the warm-up, at rest.</param>
    /// <param name="half">At half time, under load.</param>
    /// <param name="end">At the end, after the time of quiet, without contexts.</param>
    /// <param name="load">How long the load lasted.</param>
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
