using System.Diagnostics;
using System.Net;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Security;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace KernelGateway.AspNetCore.Ports;

/// <summary>Forwards requests for a port to the server that listens there on this machine, with its streams and WebSockets.</summary>
/// <remarks>Runs before routing, because every path below a port's host name belongs to the server behind the port.</remarks>
internal sealed partial class PortForwarding : IDisposable
{
    // Loopback answers at once, unless the backlog of the server is full.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);

    /// <summary>How requests are forwarded. There is no time limit: a stream may be silent for hours.</summary>
    public static readonly ForwarderRequestConfig RequestConfig = new()
    {
        ActivityTimeout = Timeout.InfiniteTimeSpan,
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private readonly HttpSurface _surface;
    private readonly PortRoute _route;
    private readonly RequestGuard _guard;
    private readonly IHttpForwarder _forwarder;
    private readonly PortTransformer _transformer;
    private readonly HttpMessageInvoker _client;
    private readonly Lazy<HashSet<int>> _ownPorts;
    private readonly Endpoint _endpoint = new(null, new EndpointMetadataCollection((ErrorForm)PortAnswer.WriteRefusalAsync), "ports");
    private readonly ILogger _logger;

    private PortForwarding(HttpSurface surface, RequestGuard guard, IHttpForwarder forwarder, IServerAddressesFeature? addresses)
    {
        var options = surface.Options;
        _surface = surface;
        _logger = surface.Logger;
        _guard = guard;
        _forwarder = forwarder;
        _route = new PortRoute(options.Domain!);
        _transformer = new PortTransformer(options.Tokens is { } tokens ? new TokenCheck(tokens) : null);
        _ownPorts = new Lazy<HashSet<int>>(() => [.. addresses?.Addresses.Select(address => BindingAddress.Parse(address).Port) ?? []]);
        var dialer = new PortDialer(surface.Time);
        _client = CreateClient((target, cancellationToken) => dialer.DialAsync(target.Port, cancellationToken));
    }

    /// <summary>Creates a client that forwards what it is given, unchanged.</summary>
    /// <param name="connect">Opens a connection for the host and the port of a request.</param>
    public static HttpMessageInvoker CreateClient(Func<DnsEndPoint, CancellationToken, ValueTask<Stream>> connect) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
        ConnectTimeout = ConnectTimeout,
        ConnectCallback = (connection, cancellationToken) => connect(connection.DnsEndPoint, cancellationToken),
    });

    /// <summary>Adds what <see cref="Create"/> needs.</summary>
    public static void AddServices(IServiceCollection services) => services.AddHttpForwarder();

    /// <summary>Creates the middleware. It is disposed when the host has stopped.</summary>
    /// <remarks>Callers do not name types of the forwarder, whose assembly is loaded only where ports are forwarded.</remarks>
    /// <exception cref="InvalidOperationException">The services have not been added.</exception>
    public static Func<RequestDelegate, RequestDelegate> Create(IServiceProvider services, KernelGatewayHttpOptions options)
    {
        var forwarder = services.GetService<IHttpForwarder>()
            ?? throw new InvalidOperationException(
                "The services for ports are missing: call builder.Services.AddKernelGateway().AddPortForwarding(domain) before building the application.");
        var surface = new HttpSurface(services, options);
        var guard = new RequestGuard(options, surface.Logger, surface.Time);
        var addresses = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>();
        var forwarding = new PortForwarding(surface, guard, forwarder, addresses);
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.UnsafeRegister(static state => ((PortForwarding)state!).Dispose(), forwarding);
        return next => context => forwarding.InvokeAsync(context, next);
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var target = _route.Read(context.Request, out var problem);
        if (problem is not null)
        {
            await PlainText.WriteAsync(context, StatusCodes.Status400BadRequest, problem);
        }
        else if (target is null or { IsOwnSurface: true })
        {
            await next(context);
        }
        else
        {
            context.Features.Set(target);
            context.SetEndpoint(_endpoint);
            await _guard.InvokeAsync(context, ForwardAsync);
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Removes the limits of a request's body and rates: they are the business of the server that gets it.</summary>
    public static void RemoveLimits(IFeatureCollection features)
    {
        if (features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (features.Get<IHttpMinRequestBodyDataRateFeature>() is { } requestRate) requestRate.MinDataRate = null;
        if (features.Get<IHttpMinResponseDataRateFeature>() is { } responseRate) responseRate.MinDataRate = null;
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<PortTarget>();

        // Forwarded to itself, the gateway would forward the request again.
        if (_ownPorts.Value.Contains(target.Port))
        {
            await PortAnswer.NotOpenAsync(context, target);
            return;
        }

        using var abort = _surface.AbortWhenStopping(context);
        RemoveLimits(context.Features);
        var error = await _forwarder.SendAsync(context, $"http://127.0.0.1:{target.Port}", _client, RequestConfig, _transformer);
        if (error == ForwarderError.None) return;
        LogFailed(target.Port, error, context.GetForwarderErrorFeature()?.Exception?.Message ?? "");
        if (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested) await AnswerAsync(context, target, error);
    }

    private static Task AnswerAsync(HttpContext context, PortTarget target, ForwarderError error) =>
        error is ForwarderError.RequestBodyClient
            ? PlainText.WriteAsync(context, context.Response.StatusCode, "The body of the request could not be read.")
            : PortAnswer.NotOpenAsync(context, target);

    [LoggerMessage(5501, LogLevel.Debug, "A request was not forwarded to port {Port}, or not to its end: {Error}. {Problem}")]
    private partial void LogFailed(int port, ForwarderError error, string problem);
}
