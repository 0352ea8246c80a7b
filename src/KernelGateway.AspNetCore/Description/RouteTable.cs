using KernelGateway.AspNetCore.Errors;
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

    /// <summary>Gets the descriptions of what has been mapped.</summary>
    public List<RouteDescription> Descriptions { get; }

    /// <summary>Gives the same table for the routes of another surface.</summary>
    public RouteTable For(RouteSection section) => new(_open, _guarded, _guard, section, _methods, Descriptions);

    /// <summary>Maps a route that anybody may ask.</summary>
    public RouteDescription MapOpen(string method, string pattern, RequestDelegate handler) =>
        Describe(_open.MapMethods(pattern, [method], handler), handler);

    /// <summary>Maps a route behind the guard; browsers may ask beforehand whether they may call it.</summary>
    public RouteDescription Map(string method, string pattern, RequestDelegate handler)
    {
        if (_methods.TryGetValue(pattern, out var methods))
        {
            methods.Add(method);
        }
        else
        {
            _methods.Add(pattern, methods = [method]);
            Hide(_open.MapMethods(pattern, ["OPTIONS"], Guard(handler)));

            // Routing prefers routes that name the method: this one gets what no other takes.
            Hide(_open.Map(pattern, Guard(context => RefuseMethodAsync(context, methods))));
        }

        return Describe(_guarded.MapMethods(pattern, [method], Guard(handler)), handler);
    }

    /// <summary>Maps a route behind the guard that is not described.</summary>
    public void MapHidden(string method, string pattern, RequestDelegate handler) =>
        Hide(_guarded.MapMethods(pattern, [method], Guard(handler)));

    /// <summary>Answers requests below a path that no route takes, of the host's routes neither.</summary>
    public void MapUnknown(string pattern, RequestDelegate handler) => Hide(_open.Map(pattern, Guard(handler)).WithOrder(int.MaxValue));

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
        route.WithMetadata(_section.Errors);
        return description;
    }

    private void Hide(IEndpointConventionBuilder route) => route.ExcludeFromDescription().WithMetadata(_section.Errors);
}
