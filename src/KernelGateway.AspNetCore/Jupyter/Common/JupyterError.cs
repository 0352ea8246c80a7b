using KernelGateway.AspNetCore.Responses;
using KernelGateway.Contexts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>
/// Writes errors in the form of Jupyter's servers: clients show <c>message</c>, some of them also <c>reason</c>.
/// </summary>
internal static class JupyterError
{
    /// <summary>Writes an error; the reason is the name of the status unless one is given.</summary>
    public static Task WriteAsync(HttpContext context, int status, string message, string? reason = null) =>
        JsonAnswer.WriteAsync(context, status, new JupyterErrorBody(message, reason ?? ReasonPhrases.GetReasonPhrase(status)));

    /// <summary>The form of errors before the handler is reached; Jupyter's clients do not know the codes.</summary>
    public static Task WriteRefusalAsync(HttpContext context, int status, string code, string detail) => WriteAsync(context, status, detail);

    public static Task BadRequestAsync(HttpContext context, string message) => WriteAsync(context, StatusCodes.Status400BadRequest, message);

    public static Task KernelNotFoundAsync(HttpContext context, ContextManager contexts, string kernelId)
    {
        // A client that did not end the kernel is told the reason.
        var reason = contexts.RemovalReason(kernelId);
        return WriteAsync(
            context, StatusCodes.Status404NotFound, $"Kernel does not exist: {kernelId}{(reason is null ? "" : $" (it {reason})")}");
    }

    public static Task SessionNotFoundAsync(HttpContext context, string sessionId) =>
        WriteAsync(context, StatusCodes.Status404NotFound, $"Session not found: {sessionId}");
}
