using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>A Jupyter Server whose kernels live in a gateway.</summary>
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

    /// <summary>Gets what the server has logged so far.</summary>
    public string Output => _process.Output;

    /// <summary>Starts it and waits until it says where it listens.</summary>
    public static async Task<JupyterServerProcess> StartAsync(Uri gateway, string gatewayToken, CancellationToken cancellationToken)
    {
        // All that it reads and writes lies here: neither the settings nor the notebooks of the user who runs the tests matter.
        var home = Directory.CreateTempSubdirectory("jupyter-server-");
        var start = new ProcessStartInfo(ClientScript.Python)
        {
            WorkingDirectory = home.FullName,
            ArgumentList =
            {
                "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1",

                // Taken by another process in between, it looks for another one and says which.
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

    // The first address it logs is its own; the gateway's comes after it.
    [GeneratedRegex(@"http://127\.0\.0\.1:\d+(?=/\?token)")]
    private static partial Regex Listening();
}
