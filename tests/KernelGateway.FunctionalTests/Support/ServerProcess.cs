using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using KernelGateway.Testing;
using KernelGateway.Testing.Fixtures;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>The real command <c>kernel-gateway serve</c> on a free loopback port.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly ListeningProcess _process;

    private ServerProcess(ListeningProcess process) => _process = process;

    public Uri Url => _process.Url;

    public int ProcessId => _process.Process.Id;

    /// <summary>Gets the lines of its output and log.</summary>
    public AwaitableLog<string> Lines => _process.Lines;

    /// <summary>Gets the output of the command so far.</summary>
    public string Output => _process.Output;

    /// <summary>Starts the command and waits until it reports its address.</summary>
    public static Task<ServerProcess> StartAsync(CancellationToken cancellationToken, params string[] arguments) =>
        StartAsync(new Dictionary<string, string>(), cancellationToken, arguments);

    /// <summary>Starts the command with settings in its environment and waits until it reports its address.</summary>
    public static async Task<ServerProcess> StartAsync(
        IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken, params string[] arguments)
    {
        return await StartAsync(TerminalCommand.Create("dotnet"), environment, ["--port", "0", .. arguments], cancellationToken);
    }

    /// <summary>Starts the command on an address of the loopback network.</summary>
    public static Task<ServerProcess> StartAtAsync(
        IPAddress address, int port, CancellationToken cancellationToken, params string[] arguments) =>
        StartAsync(
            TerminalCommand.Create("dotnet"),
            new Dictionary<string, string>(),
            ["--host", $"{address}", "--port", $"{port}", .. arguments],
            cancellationToken);

    /// <summary>Starts the command with a limit on its file descriptors.</summary>
    public static Task<ServerProcess> StartUnderDescriptorLimitAsync(int descriptors, CancellationToken cancellationToken, params string[] arguments)
    {
        var start = TerminalCommand.Create("bash");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"ulimit -n {descriptors} && exec dotnet \"$@\"");
        start.ArgumentList.Add("bash");
        return StartAsync(start, new Dictionary<string, string>(), ["--port", "0", .. arguments], cancellationToken);
    }

    /// <summary>Starts the command with a small disk, which only it sees and which ends with it. Needs root.</summary>
    /// <param name="folder">An empty directory, which is the disk for the command.</param>
    /// <param name="bytes">The size of the disk.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <param name="arguments">Arguments of <c>kernel-gateway serve</c>.</param>
    public static Task<ServerProcess> StartWithSmallDiskAsync(
        string folder, int bytes, CancellationToken cancellationToken, params string[] arguments)
    {
        // A mount namespace is private, so nothing stays mounted when a test fails.
        var start = TerminalCommand.Create("unshare");
        start.ArgumentList.Add("--mount");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("mount -t tmpfs -o size=\"$1\" tests \"$2\" && shift 2 && exec dotnet \"$@\"");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add($"{bytes}");
        start.ArgumentList.Add(folder);
        return StartAsync(start, new Dictionary<string, string>(), ["--port", "0", .. arguments], cancellationToken);
    }

    /// <summary>Starts the command where no control groups are mounted. It needs root.</summary>
    public static Task<ServerProcess> StartWithoutControlGroupsAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var start = TerminalCommand.Create("unshare");
        foreach (var argument in (string[])["--mount", "bash", "-c", "umount --recursive /sys/fs/cgroup && exec dotnet \"$@\"", "bash"])
            start.ArgumentList.Add(argument);
        return StartAsync(start, new Dictionary<string, string>(), ["--port", "0", .. arguments], cancellationToken);
    }

    private static async Task<ServerProcess> StartAsync(
        ProcessStartInfo start, IReadOnlyDictionary<string, string> environment, string[] arguments, CancellationToken cancellationToken)
    {
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"));
        start.ArgumentList.Add("serve");
        foreach (var argument in arguments) start.ArgumentList.Add(argument);

        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new ServerProcess(await ListeningProcess.StartAsync(
            start, line => line.Split(' ').FirstOrDefault(word => word.Contains("://127.", StringComparison.Ordinal)), cancellationToken));
    }

    /// <summary>Ends the command with a signal and returns its exit code.</summary>
    public Task<int> StopAsync(PosixSignal signal, CancellationToken cancellationToken) =>
        _process.StopAsync($"-{signal.ToString()[3..]}", cancellationToken);

    /// <summary>Kills the command, as in a crash. Its kernels keep running.</summary>
    public async Task CrashAsync(CancellationToken cancellationToken)
    {
        _process.Process.Kill();
        await _process.Process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Waits until the command has ended by itself, and returns its exit code.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.Process.WaitForExitAsync(cancellationToken);
        return _process.Process.ExitCode;
    }

    /// <summary>Returns the resident memory of the process in bytes.</summary>
    public long ResidentBytes()
    {
        var line = File.ReadLines($"/proc/{ProcessId}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
