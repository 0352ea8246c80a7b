using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>nginx with one process and a configuration of its own, which serves a directory and receives files into it.</summary>
internal sealed class NginxServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly OutputTail _errors;

    private NginxServer(Process process)
    {
        _process = process;
        _errors = OutputTail.OfStandardError(process);
    }

    /// <summary>Gets the address at which files are read and written with <c>sendfile off</c>.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>Gets the address of the same files with <c>sendfile on</c>.</summary>
    public required IPEndPoint SendfileEndPoint { get; init; }

    /// <summary>Starts it on two free ports.</summary>
    /// <exception cref="BenchmarkException">It is not installed, or does not start.</exception>
    public static async Task<NginxServer> StartAsync(Workplace workplace, string root, CancellationToken cancellationToken)
    {
        string[] places = ["/usr/sbin/nginx", Path.Combine(workplace.Root, "artifacts", "nginx", "usr", "sbin", "nginx")];
        var program = places.FirstOrDefault(File.Exists) ?? throw new BenchmarkException(
            "nginx is missing: 'scripts/bench.sh' unpacks Debian's package into artifacts/nginx, 'apt-get install nginx' installs it.");
        var home = Directory.CreateDirectory(Path.Combine(workplace.Directory, "nginx")).FullName;
        var configuration = Path.Combine(home, "nginx.conf");
        var plain = new IPEndPoint(IPAddress.Loopback, GatewayServer.FindFreePort());
        var sendfile = new IPEndPoint(IPAddress.Loopback, GatewayServer.FindFreePort());
        await File.WriteAllTextAsync(configuration, Configure(home, root, plain, sendfile), cancellationToken);
        var start = workplace.CreateStartInfo(program, "-p", home, "-e", "stderr", "-c", configuration);
        start.RedirectStandardError = true;
        var server = new NginxServer(Process.Start(start)!) { EndPoint = plain, SendfileEndPoint = sendfile };
        try
        {
            await server.WaitAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public byte[] Download(string name) => Encoding.ASCII.GetBytes($"GET /{name} HTTP/1.1\r\nHost: {EndPoint}\r\n\r\n");

    public byte[] UploadHead(string name, long bytes) =>
        Encoding.ASCII.GetBytes($"PUT /{name} HTTP/1.1\r\nHost: {EndPoint}\r\nContent-Length: {bytes}\r\n\r\n");

    public async ValueTask DisposeAsync()
    {
        ChildProcess.Terminate(_process);
        await ChildProcess.EndAsync(_process);
    }

    // The rest are the defaults of nginx. The bodies of uploads are on the file system of the files: they are only renamed.
    private static string Configure(string home, string root, IPEndPoint plain, IPEndPoint sendfile) =>
        $$"""
        daemon off;
        master_process off;
        pid {{home}}/nginx.pid;
        events { worker_connections 64; }
        http {
          access_log off;
          default_type application/octet-stream;
          client_max_body_size 0;
          client_body_temp_path {{root}}/.bodies;
          proxy_temp_path {{home}}/proxy;
          fastcgi_temp_path {{home}}/fastcgi;
          uwsgi_temp_path {{home}}/uwsgi;
          scgi_temp_path {{home}}/scgi;
          root {{root}};
          server { listen {{plain}}; sendfile off; location / { dav_methods PUT; } }
          server { listen {{sendfile}}; sendfile on; }
        }

        """;

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        try
        {
            while (!await AcceptsAsync(deadline.Token)) await Task.Delay(BetweenAttempts, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchmarkException($"nginx did not start within {Patience.TotalSeconds} s.{Environment.NewLine}{_errors}");
        }
    }

    private async Task<bool> AcceptsAsync(CancellationToken cancellationToken)
    {
        if (_process.HasExited) throw new BenchmarkException($"nginx ended at once.{Environment.NewLine}{_errors}");
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(SendfileEndPoint, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
