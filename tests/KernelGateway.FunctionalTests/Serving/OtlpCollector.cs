using System.Text;
using KernelGateway.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KernelGateway.FunctionalTests.Serving;

/// <summary>Receives OTLP over HTTP. It does not decode the protocol buffers: names and texts stand in them as they are.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpCollector(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    public AwaitableLog<Received> Requests { get; } = new();

    public static async Task<OtlpCollector> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = new OtlpCollector(builder.Build());
        collector._app.Run(collector.ReceiveAsync);
        await collector._app.StartAsync(cancellationToken);
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        Requests.Add(new Received(
            context.Request.Path, context.Request.ContentType, context.Request.Headers["x-tenant"].ToString(), body.ToArray()));
    }

    internal sealed record Received(string Path, string? ContentType, string Tenant, byte[] Body)
    {
        public bool Has(string text) => Has(Encoding.UTF8.GetBytes(text));

        public bool Has(byte[] bytes) => Body.AsSpan().IndexOf(bytes) >= 0;
    }
}
