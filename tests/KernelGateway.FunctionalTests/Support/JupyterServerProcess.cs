using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>A Jupyter Server that uses a gateway for its kernels.</summary>
internal sealed partial class JupyterServerProcess : IAsyncDisposable
{
    public const string Token = "token-of-the-jupyter-server";

    private readonly ListeningProcess _process;
    private readonly DirectoryInfo _home;

    private JupyterServerProcess(ListeningProcess process, DirectoryInfo home)
    {
        _process = process;
        _home = home;
    }

    public Uri Url => _process.Url;

    /// <summary>Gets the log of the server so far.</summary>
    public string Output => _process.Output;

    /// <summary>Starts the server and waits until it reports its address.</summary>
    public static async Task<JupyterServerProcess> StartAsync(Uri gateway, string gatewayToken, CancellationToken cancellationToken)
    {
        // The server reads and writes only in this directory. Settings and notebooks of the user who runs the tests have no effect.
        var home = Directory.CreateTempSubdirectory("jupyter-server-");
        var start = new ProcessStartInfo(ClientScript.Python)
        {
            WorkingDirectory = home.FullName,
            ArgumentList =
            {
                "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1",

                // If another process takes the port first, Jupyter Server chooses another one and reports it.
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

        try
        {
            var process = await ListeningProcess.StartAsync(
                start, line => Listening().Match(line) is { Success: true } match ? match.Value : null, cancellationToken);
            return new JupyterServerProcess(process, home);
        }
        catch
        {
            home.Delete(recursive: true);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _home.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // The first address in the log is that of the server. The gateway's address follows later.
    [GeneratedRegex(@"http://127\.0\.0\.1:\d+(?=/\?token)")]
    private static partial Regex Listening();
}
