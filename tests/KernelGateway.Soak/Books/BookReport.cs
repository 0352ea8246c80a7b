using KernelGateway.Soak.Resources;

namespace KernelGateway.Soak.Books;

/// <summary>Prints the results of a run.</summary>
internal sealed class BookReport(SoakState state, SoakOptions options, ResourceBook resources)
{
    public async Task WriteAsync(TextWriter output)
    {
        var book = state.Book;
        await output.WriteLineAsync($"\nThe books of {options.Load.TotalMinutes} minutes with seed {options.Seed}\n");
        await output.WriteLineAsync($"  executions submitted {book.Submitted,10}");
        await output.WriteLineAsync($"  executions ended     {book.Ended,10}   of them {book.EndedByReason.Where(entry => entry.Key.IsReal).Sum(entry => entry.Value)} on real kernels, {book.Incomplete} with output that may be missing, as told");
        await output.WriteLineAsync($"  lines received       {book.LinesReceived,10}   each once and in order");
        await output.WriteLineAsync($"  lines dropped        {book.LinesDropped,10}   as the gateway reported");
        await WriteEndsAsync(output);
        await WriteTallyAsync(output);
        await WriteLatenciesAsync(output);
        await WriteResourcesAsync(output);
        await WriteFindingsAsync(output);
    }

    private async Task WriteEndsAsync(TextWriter output)
    {
        var ended = state.Book.EndedByReason;
        var reasons = ended.Keys.Select(key => key.Reason).Distinct().Order(StringComparer.Ordinal).ToList();
        await output.WriteLineAsync($"\n  {"ended by reason",-16}{string.Concat(reasons.Select(reason => $"{reason,12}"))}");
        foreach (var kernel in ended.Keys.Select(key => key.Kernel).Distinct().Order(StringComparer.Ordinal))
        {
            var counts = reasons.Select(reason => ended.Where(entry => entry.Key.Kernel == kernel && entry.Key.Reason == reason).Sum(entry => entry.Value));
            await output.WriteLineAsync($"  {kernel,-16}{string.Concat(counts.Select(count => $"{count,12}"))}");
        }
    }

    private async Task WriteTallyAsync(TextWriter output)
    {
        await output.WriteLineAsync();
        foreach (var (what, count) in state.Tally.All.OrderBy(entry => entry.Key, StringComparer.Ordinal)) await output.WriteLineAsync($"  {what,-48}{count,10}");
    }

    private async Task WriteLatenciesAsync(TextWriter output)
    {
        await output.WriteLineAsync($"\n  {"submission to end, ms",-24}{"50 %",10}{"90 %",10}{"99 %",10}{"99.9 %",10}{"count",10}");
        foreach (var (surface, latencies) in state.Book.Latencies.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            double[] parts = [0.5, 0.9, 0.99, 0.999];
            await output.WriteLineAsync($"  {surface,-24}{string.Concat(parts.Select(part => $"{latencies.Percentile(part),10:F1}"))}{latencies.Count,10}");
        }
    }

    private async Task WriteResourcesAsync(TextWriter output)
    {
        await output.WriteLineAsync($"\n  {"process",-16}{"",-14}{"start",10}{"half time",12}{"end",10}");
        foreach (var row in resources.Rows)
        {
            await WriteRowAsync(output, row, "resident MB", sample => sample.ResidentMegabytes.ToString("F1"));
            await WriteRowAsync(output, row, "descriptors", sample => sample.Descriptors.ToString());
            await WriteRowAsync(output, row, "threads", sample => sample.Threads.ToString());
            await WriteRowAsync(output, row, "files", sample => sample.Files.ToString());
        }

        await output.WriteLineAsync(
            $"\n  end: without contexts, after {options.Quiet.TotalSeconds} s of quiet; memory at most that at half time + {ResourceRules.MemoryTolerance(options.Load)} MB");
    }

    private static Task WriteRowAsync(TextWriter output, ResourceRow row, string what, Func<ResourceSample, string> show) => output.WriteLineAsync(
        $"  {row.Name,-16}{what,-14}{Show(row.Start, show),10}{Show(row.Half, show),12}{Show(row.End, show),10}");

    private static string Show(ResourceSample? sample, Func<ResourceSample, string> show) => sample is null ? "-" : show(sample);

    private async Task WriteFindingsAsync(TextWriter output)
    {
        await output.WriteLineAsync();
        foreach (var text in state.Findings.Shown) await output.WriteLineAsync($"  BROKEN {text}");
        var counts = string.Join(", ", state.Findings.Counts.Select(entry => $"{entry.Value} {entry.Key}"));
        await output.WriteLineAsync(state.Findings.Any
            ? $"THE BOOKS DO NOT BALANCE: {counts} (seed {options.Seed})"
            : $"The books balance: {state.Book.Ended} executions, 0 lost, 0 hung (seed {options.Seed})");
    }
}
