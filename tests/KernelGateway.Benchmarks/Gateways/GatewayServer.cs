using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>The kernel-gateway command as a child process, on a free loopback port, with a token.</summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(2);

    private readonly Process _process;
    private readonly OutputTail _output;
    private readonly long _started;

    private GatewayServer(Process process, long started, IPEndPoint endPoint, string token)
    {
        _process = process;
        _started = started;
        EndPoint = endPoint;
        Token = token;
        _output = OutputTail.OfStandardError(process);
        process.OutputDataReceived += (_, line) => _output.Add(line.Data);
        process.BeginOutputReadLine();
    }

    public IPEndPoint EndPoint { get; }

    public Uri Url => new($"http://{EndPoint}/");

    public string Token { get; }

    /// <summary>Gets the resident memory of the process, in bytes.</summary>
    public double ResidentBytes => ReadKilobytes("status", "VmRSS:");

    /// <summary>Gets the highest resident memory that the process ever had, or had since <see cref="ForgetPeak"/>, in bytes.</summary>
    public double PeakResidentBytes => ReadKilobytes("status", "VmHWM:");

    /// <summary>Makes <see cref="PeakResidentBytes"/> begin again with what is resident now.</summary>
    public void ForgetPeak() => File.WriteAllText($"/proc/{_process.Id}/clear_refs", "5");

    /// <summary>Gets the proportional set size of the process, in bytes: shared memory is divided by the number of processes that share it.</summary>
    public double ProportionalBytes => ReadKilobytes("smaps_rollup", "Pss:");

    /// <summary>Starts the command.</summary>
    /// <param name="workplace">Where.</param>
    /// <param name="more">Further options of <c>serve</c>.</param>
    public static GatewayServer Start(Workplace workplace, params string[] more)
    {
        if (!File.Exists(workplace.ServerAssembly)) throw new BenchmarkException($"The server was not built: {workplace.ServerAssembly} is missing.");
        var endPoint = new IPEndPoint(IPAddress.Loopback, FindFreePort());
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var start = workplace.CreateStartInfo(
            FindDotnet(),
            [
                workplace.ServerAssembly, "serve", "--host", "127.0.0.1",
                "--port", endPoint.Port.ToString(CultureInfo.InvariantCulture), "--token", token, .. more,
            ]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var started = Stopwatch.GetTimestamp();
        return new GatewayServer(Process.Start(start)!, started, endPoint, token);
    }

    /// <summary>Waits for the first 200 from <c>/health</c> and returns the seconds since the start of the process.</summary>
    public async Task<double> WaitUntilHealthyAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        try
        {
            while (!await IsHealthyAsync(deadline.Token)) await Task.Delay(BetweenAttempts, deadline.Token);
            return Stopwatch.GetElapsedTime(_started).TotalSeconds;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchmarkException($"The server did not become healthy within {Patience.TotalSeconds} s.{Environment.NewLine}{_output}");
        }
    }

    public GatewayClient Connect() => new(EndPoint, Token);

    public async ValueTask DisposeAsync()
    {
        ChildProcess.Terminate(_process);
        await ChildProcess.EndAsync(_process);
    }

    private async Task<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        if (_process.HasExited) throw new BenchmarkException($"The server ended at once.{Environment.NewLine}{_output}");
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(EndPoint, cancellationToken);
            var request = Encoding.ASCII.GetBytes($"GET /health HTTP/1.1\r\nHost: {EndPoint}\r\nConnection: close\r\n\r\n");
            await socket.SendAsync(request, cancellationToken);
            var answer = new byte[1024];
            var received = await socket.ReceiveAsync(answer, cancellationToken);
            return answer.AsSpan(0, received).StartsWith("HTTP/1.1 200 "u8);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private double ReadKilobytes(string file, string field)
    {
        var line = File.ReadLines($"/proc/{_process.Id}/{file}").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    internal static int FindFreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    internal static string FindDotnet() =>
        (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? [host] : Enumerable.Empty<string>())
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "dotnet")))
            .FirstOrDefault(File.Exists)
        ?? throw new BenchmarkException("The command dotnet was not found on the PATH.");
}
