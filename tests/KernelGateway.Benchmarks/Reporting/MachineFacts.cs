using System.Globalization;
using System.Runtime.InteropServices;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Reporting;

/// <summary>The machine and the versions with which the numbers were measured.</summary>
internal sealed record MachineFacts(
    string Processor, int Cores, double MemoryGigabytes, string System, string Runtime, string Python, double BusyBefore)
{
    public static async Task<MachineFacts> GatherAsync(Workplace workplace, CancellationToken cancellationToken)
    {
        await using var peer = Peer.StartPython("facts.py", workplace);
        var facts = await peer.AskAsync("facts", cancellationToken);
        string Of(string name) => facts.GetProperty(name).GetString()!;
        return new MachineFacts(
            ReadField("/proc/cpuinfo", "model name"),
            Environment.ProcessorCount,
            double.Parse(ReadField("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) / 1e6,
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription,
            $"Python {Of("python")}, pyzmq {Of("pyzmq")} on libzmq {Of("libzmq")}, jupyter_client {Of("jupyter_client")}, ipykernel {Of("ipykernel")}",
            await MeasureBusyAsync(cancellationToken));
    }

    private static string ReadField(string file, string name) =>
        File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(':', 2)[1].Trim();

    // The load by other processes just before the run. Numbers from a busy machine are unreliable, even as ratios.
    private static async Task<double> MeasureBusyAsync(CancellationToken cancellationToken)
    {
        var before = ReadTicks();
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        var after = ReadTicks();
        var idle = after.Idle - before.Idle;
        var all = after.All - before.All;
        return all == 0 ? 0 : 1 - (double)idle / all;
    }

    private static (long Idle, long All) ReadTicks()
    {
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Take(8).Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return (ticks[3] + ticks[4], ticks.Sum());
    }
}
