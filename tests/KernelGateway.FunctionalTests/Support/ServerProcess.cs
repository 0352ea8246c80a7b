using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using KernelGateway.Testing;
using KernelGateway.Testing.Fixtures;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>The real command <c>kernel-gateway serve</c>, on a free port of loopback.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output;

    private ServerProcess(Process process, Uri url, StringBuilder output, AwaitableLog<string> lines)
    {
        Lines = lines;
        _process = process;
        Url = url;
        _output = output;
    }

    public Uri Url { get; }

    public int ProcessId => _process.Id;

    /// <summary>Gets the lines it has printed and logged.</summary>
    public AwaitableLog<string> Lines { get; }

    /// <summary>Gets what the command has printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Starts the command and waits until it says where it listens.</summary>
    public static Task<ServerProcess> StartAsync(CancellationToken cancellationToken, params string[] arguments) =>
        StartAsync(new Dictionary<string, string>(), cancellationToken, arguments);

    /// <summary>Starts the command with settings in its environment and waits until it says where it listens.</summary>
    public static async Task<ServerProcess> StartAsync(
        IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"));
        start.ArgumentList.Add("serve");
        start.ArgumentList.Add("--port");
        start.ArgumentList.Add("0");
        foreach (var argument in arguments) start.ArgumentList.Add(argument);

        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start)!;
        var output = new StringBuilder();
        var lines = new AwaitableLog<string>();
        var url = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => url.TrySetException(new InvalidOperationException("kernel-gateway ended before it listened:\n" + output));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new ServerProcess(process, await url.Task.WaitAsync(cancellationToken), output, lines);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw;
        }

        void Take(string? line)
        {
            if (line is null) return;
            lock (output) output.AppendLine(line);
            lines.Add(line);
            var address = line.Split(' ').FirstOrDefault(word => word.Contains("://127.0.0.1:", StringComparison.Ordinal));
            if (address is not null) url.TrySetResult(new Uri(address));
        }
    }

    /// <summary>Ends it with a signal and gives its exit code.</summary>
    public async Task<int> StopAsync(PosixSignal signal, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [signal == PosixSignal.SIGINT ? "-INT" : "-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Ends it without giving it a chance to do anything about it; its kernels live on.</summary>
    public async Task CrashAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Reads how much memory the process occupies, in bytes.</summary>
    public long ResidentBytes()
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await StopAsync(PosixSignal.SIGTERM, CancellationToken.None);
        _process.Dispose();
    }
}
