using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>A Jupyter Server whose kernels live in a gateway.</summary>
internal sealed partial class JupyterServerProcess : IAsyncDisposable
{
    public const string Token = "token-of-the-jupyter-server";

    private readonly Process _process;
    private readonly StringBuilder _output;
    private readonly DirectoryInfo _home;

    private JupyterServerProcess(Process process, Uri url, StringBuilder output, DirectoryInfo home)
    {
        _process = process;
        Url = url;
        _output = output;
        _home = home;
    }

    public Uri Url { get; }

    /// <summary>Gets what the server has logged so far.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Starts it and waits until it says where it listens.</summary>
    public static async Task<JupyterServerProcess> StartAsync(Uri gateway, string gatewayToken, CancellationToken cancellationToken)
    {
        // All that it reads and writes lies here: neither the settings nor the notebooks of whoever runs the tests matter.
        var home = Directory.CreateTempSubdirectory("jupyter-server-");
        var start = new ProcessStartInfo(ClientScript.Python)
        {
            WorkingDirectory = home.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1",

                // Taken by somebody else in between, it looks for another one and says which.
                $"--port={FreePort().ToString(CultureInfo.InvariantCulture)}",
                $"--ServerApp.token={Token}",
                $"--ServerApp.root_dir={home.FullName}",
                $"--gateway-url={gateway.ToString().TrimEnd('/')}",
                $"--GatewayClient.auth_token={gatewayToken}",
            },
        };
        start.Environment["HOME"] = home.FullName;
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("JUPYTER_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        var process = Process.Start(start)!;
        var output = new StringBuilder();
        var url = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => url.TrySetException(new InvalidOperationException("jupyter-server ended before it listened:\n" + output));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new JupyterServerProcess(process, await url.Task.WaitAsync(cancellationToken), output, home);
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
            if (Listening().Match(line) is { Success: true } match) url.TrySetResult(new Uri(match.Value));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _home.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // The first address it logs is its own; the gateway's comes after it.
    [GeneratedRegex(@"http://127\.0\.0\.1:\d+(?=/\?token)")]
    private static partial Regex Listening();
}
