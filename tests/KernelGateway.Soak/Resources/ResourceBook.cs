using KernelGateway.Soak.Books;

namespace KernelGateway.Soak.Resources;

/// <summary>The samples of the processes of both gateways: at the start, at half time and at the end.</summary>
internal sealed class ResourceBook(ProcessProbe server, ProcessProbe own)
{
    private static readonly TimeSpan BetweenSamples = TimeSpan.FromMilliseconds(250);

    private IReadOnlyDictionary<string, int>[] _descriptors = [];

    /// <summary>Gets the rows of the report: each process with its samples.</summary>
    public ResourceRow[] Rows { get; } = [new("server", server), new("this process", own)];

    /// <summary>Takes samples at rest and keeps the lowest values, so that resources that are just being closed do not count.</summary>
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
        // The collection removes the garbage of the soak itself, so that only reachable memory counts.
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
