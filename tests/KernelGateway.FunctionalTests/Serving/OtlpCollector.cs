using System.Text;
using KernelGateway.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace KernelGateway.FunctionalTests.Serving;

/// <summary>
/// Receives OTLP over HTTP, or over gRPC (HTTP/2 with a trailer). It does not decode the protocol buffers, because names and texts are in them
/// unchanged.
/// </summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpCollector(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    public AwaitableLog<Received> Requests { get; } = new();

    public static async Task<OtlpCollector> StartAsync(CancellationToken cancellationToken, bool grpc = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (grpc) builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(one => one.Protocols = HttpProtocols.Http2));
        var collector = new OtlpCollector(builder.Build());
        collector._app.Run(collector.ReceiveAsync);
        await collector._app.StartAsync(cancellationToken);
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        context.Response.ContentType = context.Request.ContentType;
        if (context.Response.SupportsTrailers()) context.Response.DeclareTrailer("grpc-status");
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        Requests.Add(new Received(
            context.Request.Path, context.Request.ContentType, context.Request.Headers["x-tenant"].ToString(), body.ToArray()));
        if (!context.Response.SupportsTrailers()) return;

        // An empty gRPC message: not compressed, length zero.
        await context.Response.Body.WriteAsync(new byte[5], context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    internal sealed record Received(string Path, string? ContentType, string Tenant, byte[] Body)
    {
        public bool Has(string text) => Has(Encoding.UTF8.GetBytes(text));

        public bool Has(byte[] bytes) => Body.AsSpan().IndexOf(bytes) >= 0;
    }
}
