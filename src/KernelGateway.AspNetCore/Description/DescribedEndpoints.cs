using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace KernelGateway.AspNetCore.Description;

/// <summary>Of all endpoints of the application those of one mapped gateway.</summary>
internal sealed class DescribedEndpoints(EndpointDataSource all, IReadOnlyCollection<RouteDescription> ours) : EndpointDataSource
{
    public override IReadOnlyList<Endpoint> Endpoints =>
        [.. all.Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<RouteDescription>() is { } description && ours.Contains(description))];

    public override IChangeToken GetChangeToken() => all.GetChangeToken();
}
