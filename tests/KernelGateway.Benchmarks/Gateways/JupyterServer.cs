using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>Jupyter Server as a child process, on a free loopback port, with a token and without its limit on the rate of output.</summary>
internal sealed class JupyterServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private readonly OutputTail _output;

    private JupyterServer(Process process, Uri url, string token)
    {
        _process = process;
        _output = OutputTail.OfStandardError(process);
        Url = url;
        Token = token;
    }

    public Uri Url { get; }

    public string Token { get; }

    public static async Task<JupyterServer> StartAsync(Workplace workplace, CancellationToken cancellationToken)
    {
        var endPoint = new IPEndPoint(IPAddress.Loopback, GatewayServer.FindFreePort());
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var start = workplace.CreateStartInfo(
            Workplace.Python, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1",
            $"--port={endPoint.Port.ToString(CultureInfo.InvariantCulture)}", "--port-retries=0",
            $"--ServerApp.token={token}", $"--ServerApp.root_dir={workplace.Directory}", "--ServerApp.limit_rate=False");
        start.RedirectStandardError = true;
        var server = new JupyterServer(Process.Start(start)!, new Uri($"http://{endPoint}/"), token);
        try
        {
            await server.WaitUntilThereAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        ChildProcess.Terminate(_process);
        await ChildProcess.EndAsync(_process);
    }

    private async Task WaitUntilThereAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("token", Token);
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (_process.HasExited) throw new BenchmarkException($"Jupyter Server ended at once.{Environment.NewLine}{_output}");
            try
            {
                using var answer = await http.GetAsync(new Uri(Url, "api/status"), cancellationToken);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // The server does not listen yet.
            }

            if (Stopwatch.GetElapsedTime(start) > Patience) throw new BenchmarkException($"Jupyter Server does not answer.{Environment.NewLine}{_output}");
            await Task.Delay(BetweenAttempts, cancellationToken);
        }
    }
}
