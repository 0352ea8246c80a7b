using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace KernelGateway.Soak.Gateways;

/// <summary>The command <c>kernel-gateway serve</c> in a separate process, so that its resources can be measured.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    /// <summary>The number of bytes of output after which an execution is interrupted.</summary>
    public const int MaxOutputBytes = 8 << 20;

    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly StreamWriter _log;
    private bool _stopped;

    private ServerProcess(Process process, StreamWriter log, Uri url, string token)
    {
        _process = process;
        _log = log;
        Url = url;
        Token = token;
        process.OutputDataReceived += (_, line) => Write(line.Data);
        process.ErrorDataReceived += (_, line) => Write(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Url { get; }

    public string Token { get; }

    public int ProcessId => _process.Id;

    public static ServerProcess Start(Workplace workplace)
    {
        var port = FindFreePort();
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var start = new ProcessStartInfo(Workplace.Dotnet)
        {
            WorkingDirectory = workplace.Cells, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        string[] arguments =
        [
            Workplace.ServerAssembly, "serve", "--host", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--warm", "none",
            "--log-level", "Warning", "--working-directory", workplace.Cells, "--kernel-path", workplace.Kernels,
            "--connection-dir", workplace.Connections,
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in Settings(workplace, token)) start.Environment[name] = value;
        if (Workplace.Python is { } python) start.Environment["KERNELGATEWAY__LAUNCHING__PYTHONINTERPRETER"] = python;
        var log = new StreamWriter(workplace.ServerLog) { AutoFlush = true };
        return new ServerProcess(Process.Start(start)!, log, new Uri($"http://127.0.0.1:{port}/"), token);
    }

    /// <summary>Stops the server, waits for its exit and returns its exit code.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        _stopped = true;
        _ = Kill(_process.Id, SigTerm);
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public bool HasExited => _process.HasExited;

    public async ValueTask DisposeAsync()
    {
        if (!_stopped && !_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        await _log.DisposeAsync();
    }

    // Small limits, so that journals spill to disk, queues fill and floods reach the output limit within seconds.
    private static Dictionary<string, string> Settings(Workplace workplace, string token) => new()
    {
        ["KERNELGATEWAY__HTTP__TOKEN"] = token,
        ["KERNELGATEWAY__HTTP__CHANNELS__MAXPENDINGBYTES"] = "1048576",
        ["KERNELGATEWAY__HTTP__CHANNELS__MAXREPLAYBYTES"] = "8388608",
        ["KERNELGATEWAY__CONTEXTS__MAXQUEUEDEXECUTIONS"] = "8",
        ["KERNELGATEWAY__CONTEXTS__MAXOUTPUTBYTES"] = MaxOutputBytes.ToString(CultureInfo.InvariantCulture),
        ["KERNELGATEWAY__CONTEXTS__JOURNALMEMORYBYTES"] = "262144",
        ["KERNELGATEWAY__KERNELS__INTERRUPTGRACE"] = "00:00:03",
        ["KERNELGATEWAY__LAUNCHING__RUNDIRECTORYROOT"] = Path.Combine(workplace.ServerFiles, "run"),
        ["KERNELGATEWAY__LAUNCHING__INHERITEDENVIRONMENT__0"] = Workplace.MarkName,
        ["TMPDIR"] = workplace.ServerFiles,
        [Workplace.MarkName] = workplace.Mark,
    };

    private void Write(string? line)
    {
        if (line is null) return;
        lock (_log) _log.WriteLine(line);
    }

    private static int FindFreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
