using KernelGateway.AspNetCore.Errors;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Description;

/// <summary>What the routes of one surface have in common.</summary>
/// <param name="Tag">The name under which they are described.</param>
/// <param name="Errors">How their errors look.</param>
/// <param name="Serving">Told of each request that has passed the guard; null when nobody wants to know.</param>
internal sealed record RouteSection(string Tag, ErrorForm Errors, Action<HttpContext>? Serving = null)
{
    public static RouteSection CodeInterpreter { get; } = new("code interpreter", Problem.WriteAsync);

    public static RouteSection Notebooks { get; } = new("notebooks", Problem.WriteAsync);
}
