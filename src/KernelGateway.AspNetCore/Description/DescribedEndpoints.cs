using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace KernelGateway.AspNetCore.Description;

/// <summary>Of all endpoints of the application those of one mapped gateway.</summary>
internal sealed class DescribedEndpoints(EndpointDataSource all, IReadOnlyCollection<RouteDescription> ours) : EndpointDataSource
{
    public override IReadOnlyList<Endpoint> Endpoints => [.. all.Endpoints.OfType<RouteEndpoint>().Where(IsOurs).Select(WithBody)];

    public override IChangeToken GetChangeToken() => all.GetChangeToken();

    private bool IsOurs(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<RouteDescription>() is { } description && ours.Contains(description);

    private static RouteEndpoint WithBody(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<RouteDescription>()!.Body is { } body
            ? new RouteEndpoint(
                endpoint.RequestDelegate!,
                endpoint.RoutePattern,
                endpoint.Order,
                new EndpointMetadataCollection([.. endpoint.Metadata, body]),
                endpoint.DisplayName)
            : endpoint;
}
