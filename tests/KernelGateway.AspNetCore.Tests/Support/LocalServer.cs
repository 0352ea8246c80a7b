using System.Net;
using System.Net.Sockets;
using KernelGateway.AspNetCore.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>A server on a port of loopback, as code may start it, and a gateway that forwards to it.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    public const string Domain = "example.test";

    private readonly WebServer _server;

    private LocalServer(WebServer server, GatewayServer gateway)
    {
        _server = server;
        Gateway = gateway;
    }

    public GatewayServer Gateway { get; }

    public int Port => _server.Port;

    /// <summary>Starts both.</summary>
    /// <param name="handle">What the server does with each request.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="http">Changes options of the gateway.</param>
    public static async Task<LocalServer> StartAsync(
        RequestDelegate handle, string address = "127.0.0.1", Action<KernelGatewayHttpOptions>? http = null) =>
        new(await WebServer.StartAsync(handle, $"http://{address}:0"), await StartGatewayAsync(http));

    public static Task<GatewayServer> StartGatewayAsync(Action<KernelGatewayHttpOptions>? http = null, TimeProvider? time = null) =>
        GatewayServer.StartAsync(
            http: options =>
            {
                options.Domain = Domain;
                http?.Invoke(options);
            },
            services: PortForwarding.AddServices,
            app: app => app.UseKernelGatewayPorts(),
            time: time);

    /// <summary>Makes a request for a port, with its host name.</summary>
    public static HttpRequestMessage RequestFor(int port, string path = "/", HttpMethod? method = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        request.Headers.Host = $"{port}-abc.{Domain}";
        return request;
    }

    /// <summary>Sends a request to the server by way of the gateway; the headers of the answer have come when the task ends.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        CancellationToken cancellationToken, string path = "/", HttpMethod? method = null, HttpContent? content = null, HttpClient? client = null)
    {
        using var request = RequestFor(Port, path, method);
        request.Content = content;
        return await (client ?? Gateway.Client).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Returns a port on which nothing listens.</summary>
    public static int FindFreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _server.DisposeAsync();
    }
}
