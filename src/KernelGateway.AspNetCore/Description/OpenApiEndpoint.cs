using System.Text.Json;
using System.Text.Json.Serialization;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.OpenApi;

namespace KernelGateway.AspNetCore.Description;

/// <summary><c>GET /openapi.json</c>: the description of the gateway's routes.</summary>
/// <remarks>
/// It is made when it is first asked for, in a container of its own: start-up does not pay for it, and neither the options of the host's
/// own description nor the host's other routes get into it.
/// </remarks>
internal sealed class OpenApiEndpoint(IServiceProvider hostServices, IReadOnlyCollection<RouteDescription> routes)
{
    private const string DocumentName = "kernel-gateway";

    private readonly Lock _gate = new();
    private Task<byte[]>? _document;

    public async Task HandleAsync(HttpContext context)
    {
        Task<byte[]> document;
        lock (_gate)
        {
            if (_document is null or { IsFaulted: true }) _document = MakeAsync();
            document = _document;
        }

        await JsonAnswer.WriteRawAsync(context, StatusCodes.Status200OK, await document);
    }

    private async Task<byte[]> MakeAsync()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddRoutingCore();
        services.AddSingleton(hostServices.GetRequiredService<IHostEnvironment>());
        services.AddSingleton<EndpointDataSource>(
            new DescribedEndpoints(hostServices.GetRequiredService<EndpointDataSource>(), routes));
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddOpenApi(DocumentName, options =>
        {
            options.AddDocumentTransformer(OpenApiText.Apply);
            options.AddOperationTransformer(OpenApiText.Apply);
            options.AddSchemaTransformer(OpenApiText.Apply);
        });

        await using var provider = services.BuildServiceProvider();
        var source = provider.GetRequiredKeyedService<IOpenApiDocumentProvider>(DocumentName);
        var document = await source.GetOpenApiDocumentAsync(CancellationToken.None);
        using var output = new MemoryStream();
        await document.SerializeAsJsonAsync(output, OpenApiSpecVersion.OpenApi3_1, CancellationToken.None);
        return output.ToArray();
    }
}
