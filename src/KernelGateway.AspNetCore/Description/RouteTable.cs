using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KernelGateway.AspNetCore.Description;

/// <summary>Maps routes with the guard before each handler and the description as metadata.</summary>
/// <remarks>
/// Handlers are plain request delegates. Parameter binding of other handlers is compiled at start-up, which takes longer than the
/// rest of the start (docs/decisions/005-route-table.md).
/// </remarks>
internal sealed class RouteTable
{
    private readonly IEndpointRouteBuilder _open;
    private readonly IEndpointRouteBuilder _guarded;
    private readonly RequestGuard _guard;
    private readonly RouteSection _section;
    private readonly Dictionary<string, List<string>> _methods;

    public RouteTable(IEndpointRouteBuilder open, IEndpointRouteBuilder guarded, RequestGuard guard)
        : this(open, guarded, guard, RouteSection.CodeInterpreter, [], [])
    {
    }

    private RouteTable(
        IEndpointRouteBuilder open,
        IEndpointRouteBuilder guarded,
        RequestGuard guard,
        RouteSection section,
        Dictionary<string, List<string>> methods,
        List<RouteDescription> descriptions)
    {
        _open = open;
        _guarded = guarded;
        _guard = guard;
        _section = section;
        _methods = methods;
        Descriptions = descriptions;
    }

    /// <summary>Gets the descriptions of the mapped routes.</summary>
    public List<RouteDescription> Descriptions { get; }

    /// <summary>Returns the same table for the routes of another section.</summary>
    public RouteTable For(RouteSection section) => new(_open, _guarded, _guard, section, _methods, Descriptions);

    /// <summary>Maps a route without the guard.</summary>
    public RouteDescription MapOpen(string method, string pattern, RequestDelegate handler) =>
        Describe(_open.MapMethods(pattern, [method], handler), handler);

    /// <summary>Maps a route with the guard, preflight (OPTIONS) and 405 for other methods.</summary>
    public RouteDescription Map(string method, string pattern, RequestDelegate handler)
    {
        MapOthers(method, pattern, handler);
        return Describe(_guarded.MapMethods(pattern, [method], Guard(handler)), handler);
    }

    /// <summary>Maps a route as <see cref="Map"/> does, without a description.</summary>
    public void MapUndescribed(string method, string pattern, RequestDelegate handler)
    {
        MapOthers(method, pattern, handler);
        MapHidden(method, pattern, handler);
    }

    /// <summary>Maps a route with the guard and preflight; other methods are those of other routes.</summary>
    public RouteDescription MapAmongOthers(string method, string pattern, RequestDelegate handler)
    {
        Hide(_open.MapMethods(pattern, ["OPTIONS"], Guard(handler)));
        return Describe(_guarded.MapMethods(pattern, [method], Guard(handler)), handler);
    }

    /// <summary>Maps a route with the guard and without a description.</summary>
    public void MapHidden(string method, string pattern, RequestDelegate handler) =>
        Hide(_guarded.MapMethods(pattern, [method], Guard(handler)));

    /// <summary>Answers requests below a path that no other route matches, the host's routes included.</summary>
    public void MapUnknown(string pattern, RequestDelegate handler) => Hide(_open.Map(pattern, Guard(handler)).WithOrder(int.MaxValue));

    private void MapOthers(string method, string pattern, RequestDelegate handler)
    {
        if (_methods.TryGetValue(pattern, out var methods))
        {
            methods.Add(method);
        }
        else
        {
            _methods.Add(pattern, methods = [method]);
            Hide(_open.MapMethods(pattern, ["OPTIONS"], Guard(handler)));

            // Routing prefers routes that name the method, so this one gets the other methods.
            Hide(_open.Map(pattern, Guard(context => RefuseMethodAsync(context, methods))));
        }
    }

    private static Task RefuseMethodAsync(HttpContext context, List<string> methods)
    {
        var allowed = string.Join(", ", methods.Append(HttpMethods.Options).Order(StringComparer.Ordinal));
        context.Response.Headers.Allow = allowed;
        return Refusal.WriteAsync(
            context,
            StatusCodes.Status405MethodNotAllowed,
            ProblemCodes.MethodNotAllowed,
            $"{context.Request.Method} is not possible here. Possible are {allowed}.");
    }

    private RequestDelegate Guard(RequestDelegate handler)
    {
        if (_section.Serving is not { } serving) return context => _guard.InvokeAsync(context, handler);
        return context => _guard.InvokeAsync(context, served =>
        {
            serving(served);
            return handler(served);
        });
    }

    private RouteDescription Describe(IEndpointConventionBuilder route, RequestDelegate handler)
    {
        var description = new RouteDescription(handler.Method, _section.Tag);
        Descriptions.Add(description);
        route.Add(description.Apply);
        route.WithMetadata(_section.Metadata);
        return description;
    }

    private void Hide(IEndpointConventionBuilder route) => route.ExcludeFromDescription().WithMetadata(_section.Metadata);
}
