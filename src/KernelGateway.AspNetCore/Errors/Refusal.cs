using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Errors;

/// <summary>Answers errors in the form that the clients of the route expect: problem details, unless the route says otherwise.</summary>
internal static class Refusal
{
    public static Task WriteAsync(HttpContext context, int status, string code, string detail)
    {
        var form = context.GetEndpoint()?.Metadata.GetMetadata<ErrorForm>() ?? Problem.WriteAsync;
        return form(context, status, code, detail);
    }
}

/// <summary>
/// The form of a route's errors. It is part of the route's metadata, for answers that are written before the handler runs.
/// </summary>
/// <param name="context">The request.</param>
/// <param name="status">The status.</param>
/// <param name="code">The kind of error, for programs.</param>
/// <param name="detail">The error as a sentence.</param>
internal delegate Task ErrorForm(HttpContext context, int status, string code, string detail);
