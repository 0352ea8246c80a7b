using KernelGateway.Soak.Books;

namespace KernelGateway.Soak.Resources;

/// <summary>The samples of both gateways' processes: at the start, at half time and at the end.</summary>
internal sealed class ResourceBook(ProcessProbe server, ProcessProbe own)
{
    private static readonly TimeSpan BetweenSamples = TimeSpan.FromMilliseconds(250);

    private IReadOnlyDictionary<string, int>[] _descriptors = [];

    /// <summary>Gets the rows of the report: process, and what it held at the start, at half time and at the end.</summary>
    public ResourceRow[] Rows { get; } = [new("server", server), new("this process", own)];

    /// <summary>Samples for a while at rest and keeps the least of each: what is just being closed does not count.</summary>
    public async Task TakeStartAsync(TimeSpan duration)
    {
        var samples = (int)(duration / BetweenSamples);
        for (var i = 0; i < samples; i++)
        {
            await Task.Delay(BetweenSamples);
            foreach (var row in Rows) row.Start = Least(row.Start, row.Probe.Take());
        }

        _descriptors = [.. Rows.Select(row => row.Probe.ListDescriptors())];
    }

    public void TakeHalf()
    {
        foreach (var row in Rows) row.Half = row.Probe.Take();
    }

    public void TakeEnd(TimeSpan load, FindingList findings)
    {
        // The soak's own garbage is not the gateway's: what is reachable after a collection counts.
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        for (var i = 0; i < Rows.Length; i++)
        {
            var row = Rows[i];
            row.End = row.Probe.Take();
            foreach (var problem in ResourceRules.Compare(row.Start!, row.Half ?? row.End, row.End, load)) findings.Add("resources", $"{row.Name}: {problem}");
            if (row.End.Descriptors > row.Start!.Descriptors) findings.Add("resources", $"{row.Name}: {DescribeGrowth(_descriptors[i], row.Probe.ListDescriptors())}");
            if (row.End.Files > row.Start.Files) findings.Add("resources", $"{row.Name}: files {string.Join(", ", row.Probe.ListFiles().Take(10))}");
        }
    }

    public IEnumerable<string> ListFiles() => Rows.SelectMany(row => row.Probe.ListFiles());

    public string Describe() => string.Join(", ", Rows.Select(row =>
    {
        var now = row.Probe.Take();
        return $"{row.Name} {now.ResidentMegabytes:F0} MB, {now.Descriptors} descriptors, {now.Threads} threads";
    }));

    private static ResourceSample Least(ResourceSample? one, ResourceSample other) => one is null
        ? other
        : new(
            Math.Min(one.ResidentBytes, other.ResidentBytes), Math.Min(one.Descriptors, other.Descriptors),
            Math.Min(one.Threads, other.Threads), Math.Min(one.Files, other.Files));

    private static string DescribeGrowth(IReadOnlyDictionary<string, int> before, IReadOnlyDictionary<string, int> after) =>
        "descriptors that are new: " + string.Join(", ", after
            .Select(kind => (Name: kind.Key, More: kind.Value - before.GetValueOrDefault(kind.Key)))
            .Where(kind => kind.More > 0)
            .Select(kind => $"{kind.More} of {kind.Name}")
            .Take(20));
}
