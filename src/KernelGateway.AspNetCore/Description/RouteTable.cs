using KernelGateway.AspNetCore.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KernelGateway.AspNetCore.Description;

/// <summary>Maps routes, each with the guard before it and a description on it.</summary>
/// <remarks>
/// Handlers are plain request delegates. The binding of parameters that richer handlers bring is compiled at start-up, which would
/// take longer than everything else the server does until it answers.
/// </remarks>
internal sealed class RouteTable(IEndpointRouteBuilder open, IEndpointRouteBuilder guarded, RequestGuard guard)
{
    private readonly HashSet<string> _patterns = new(StringComparer.Ordinal);

    /// <summary>Gets the descriptions of what has been mapped.</summary>
    public List<RouteDescription> Descriptions { get; } = [];

    /// <summary>Maps a route that anybody may ask.</summary>
    public RouteDescription MapOpen(string method, string pattern, RequestDelegate handler) =>
        Describe(open.MapMethods(pattern, [method], handler), handler);

    /// <summary>Maps a route behind the guard; browsers may ask beforehand whether they may call it.</summary>
    public RouteDescription Map(string method, string pattern, RequestDelegate handler)
    {
        if (_patterns.Add(pattern)) Hide(open.MapMethods(pattern, ["OPTIONS"], context => guard.InvokeAsync(context, handler)));
        return Describe(guarded.MapMethods(pattern, [method], context => guard.InvokeAsync(context, handler)), handler);
    }

    /// <summary>Maps a route behind the guard that is not described.</summary>
    public void MapHidden(string method, string pattern, RequestDelegate handler) =>
        Hide(guarded.MapMethods(pattern, [method], context => guard.InvokeAsync(context, handler)));

    private RouteDescription Describe(IEndpointConventionBuilder route, RequestDelegate handler)
    {
        var description = new RouteDescription(handler.Method);
        Descriptions.Add(description);
        route.Add(description.Apply);
        return description;
    }

    private static void Hide(IEndpointConventionBuilder route) => route.ExcludeFromDescription();
}
