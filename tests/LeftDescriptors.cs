using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;

#pragma warning disable CA1050, MA0047 // A fixture of NUnit is of the whole assembly if it is in no namespace.

/// <summary>
/// Compares the open descriptors of the test process before and after all tests. <c>test.sh</c> fails when something is left:
/// a failure of a teardown of the assembly alone would fail no test.
/// </summary>
/// <remarks>
/// What the runtime opens once and keeps is opened before: the epoll instances of its sockets, the pipe for signals of children,
/// the random device. The files of assemblies and symbols that are loaded later stay open and are not compared.
/// </remarks>
[SetUpFixture]
public sealed class LeftDescriptors
{
    private const string Descriptors = "/proc/self/fd";
    private const int MaxCollections = 50;

    // ProcessMonitor.Shared keeps the pipe that wakes its thread.
    private const string Pipe = "pipe";
    private const int KeptPipeEnds = 2;

    private Dictionary<string, int> _before = [];

    [OneTimeSetUp]
    public async Task ReadBefore()
    {
        if (!Directory.Exists(Descriptors)) return;
        await OpenWhatTheRuntimeKeeps();
        _before = Read();
    }

    [OneTimeTearDown]
    public async Task CompareAfter()
    {
        if (!Directory.Exists(Descriptors)) return;
        var left = FindLeft();

        // Connections and pipes are closed by tasks and finalizers that may not have run yet.
        for (var i = 0; i < MaxCollections && left.Count > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
            left = FindLeft();
        }

        if (left.Count == 0) return;
        var text = string.Concat(left.Select(line => $"descriptor of {AppDomain.CurrentDomain.FriendlyName}: {line}\n"));
        if (Environment.GetEnvironmentVariable("OPEN_DESCRIPTORS_DIRECTORY") is { Length: > 0 } directory)
            await File.WriteAllTextAsync(Path.Combine(directory, AppDomain.CurrentDomain.FriendlyName), text);
        throw new InvalidOperationException(text);
    }

    private static async Task OpenWhatTheRuntimeKeeps()
    {
        _ = Guid.NewGuid();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var clients = new List<TcpClient>();

        // The runtime spreads sockets over its epoll instances, of which there is at most one for each processor.
        for (var i = 0; i < Environment.ProcessorCount * 2; i++)
        {
            var client = new TcpClient();
            clients.Add(client);
            var accepting = listener.AcceptTcpClientAsync();
            await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
            clients.Add(await accepting);
        }

        foreach (var client in clients) client.Dispose();
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", ":"]) { RedirectStandardOutput = true })!;
        await process.WaitForExitAsync();
    }

    private List<string> FindLeft()
    {
        var left = new List<string>();
        foreach (var (kind, count) in Read())
        {
            var more = count - _before.GetValueOrDefault(kind) - (kind == Pipe ? KeptPipeEnds : 0);
            if (more > 0) left.Add($"{more} x {kind}");
        }

        return left;
    }

    // The kind of a descriptor is the file's path, or what it is of those without a path: socket, pipe, [eventfd] and so on.
    private static Dictionary<string, int> Read()
    {
        var kinds = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var descriptor in Directory.EnumerateFileSystemEntries(Descriptors).ToArray())
        {
            if (new FileInfo(descriptor).LinkTarget is not { } target) continue;
            if (target.StartsWith("/proc/", StringComparison.Ordinal)) continue;   // The directory that is being read.
            if (target.EndsWith(".dll", StringComparison.Ordinal) || target.EndsWith(".pdb", StringComparison.Ordinal)) continue;
            var kind = target.StartsWith('/') ? target : target.Split(":[")[0];
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
        }

        return kinds;
    }
}
