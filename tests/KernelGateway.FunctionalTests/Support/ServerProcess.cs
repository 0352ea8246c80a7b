using System.Diagnostics;
using System.Runtime.InteropServices;
using KernelGateway.Testing;
using KernelGateway.Testing.Fixtures;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>The real command <c>kernel-gateway serve</c>, on a free port of loopback.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly ListeningProcess _process;

    private ServerProcess(ListeningProcess process) => _process = process;

    public Uri Url => _process.Url;

    public int ProcessId => _process.Process.Id;

    /// <summary>Gets the lines it has printed and logged.</summary>
    public AwaitableLog<string> Lines => _process.Lines;

    /// <summary>Gets what the command has printed so far.</summary>
    public string Output => _process.Output;

    /// <summary>Starts the command and waits until it says where it listens.</summary>
    public static Task<ServerProcess> StartAsync(CancellationToken cancellationToken, params string[] arguments) =>
        StartAsync(new Dictionary<string, string>(), cancellationToken, arguments);

    /// <summary>Starts the command with settings in its environment and waits until it says where it listens.</summary>
    public static async Task<ServerProcess> StartAsync(
        IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken, params string[] arguments)
    {
        return await StartAsync(TerminalCommand.Create("dotnet"), environment, arguments, cancellationToken);
    }

    /// <summary>Starts the command so that it can have no more than so many file descriptors.</summary>
    public static Task<ServerProcess> StartUnderDescriptorLimitAsync(int descriptors, CancellationToken cancellationToken, params string[] arguments)
    {
        var start = TerminalCommand.Create("bash");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"ulimit -n {descriptors} && exec dotnet \"$@\"");
        start.ArgumentList.Add("bash");
        return StartAsync(start, new Dictionary<string, string>(), arguments, cancellationToken);
    }

    private static async Task<ServerProcess> StartAsync(
        ProcessStartInfo start, IReadOnlyDictionary<string, string> environment, string[] arguments, CancellationToken cancellationToken)
    {
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"));
        start.ArgumentList.Add("serve");
        start.ArgumentList.Add("--port");
        start.ArgumentList.Add("0");
        foreach (var argument in arguments) start.ArgumentList.Add(argument);

        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new ServerProcess(await ListeningProcess.StartAsync(
            start, line => line.Split(' ').FirstOrDefault(word => word.Contains("://127.0.0.1:", StringComparison.Ordinal)), cancellationToken));
    }

    /// <summary>Ends it with a signal and gives its exit code.</summary>
    public Task<int> StopAsync(PosixSignal signal, CancellationToken cancellationToken) =>
        _process.StopAsync($"-{signal.ToString()[3..]}", cancellationToken);

    /// <summary>Ends it without giving it a chance to do anything about it; its kernels live on.</summary>
    public async Task CrashAsync(CancellationToken cancellationToken)
    {
        _process.Process.Kill();
        await _process.Process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Reads how much memory the process occupies, in bytes.</summary>
    public long ResidentBytes()
    {
        var line = File.ReadLines($"/proc/{ProcessId}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
