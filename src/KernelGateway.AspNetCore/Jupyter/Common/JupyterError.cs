using KernelGateway.AspNetCore.Responses;
using KernelGateway.Contexts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>Answers errors as Jupyter's servers do: clients show <c>message</c>, and some of them <c>reason</c> as well.</summary>
internal static class JupyterError
{
    /// <summary>Answers an error; the reason is the name of the status unless there is a better one.</summary>
    public static Task WriteAsync(HttpContext context, int status, string message, string? reason = null) =>
        JsonAnswer.WriteAsync(context, status, new JupyterErrorBody(message, reason ?? ReasonPhrases.GetReasonPhrase(status)));

    /// <summary>The form of errors that are answered before the handler is reached; Jupyter's clients do not know the codes.</summary>
    public static Task WriteRefusalAsync(HttpContext context, int status, string code, string detail) => WriteAsync(context, status, detail);

    public static Task BadRequestAsync(HttpContext context, string message) => WriteAsync(context, StatusCodes.Status400BadRequest, message);

    public static Task KernelNotFoundAsync(HttpContext context, ContextManager contexts, string kernelId)
    {
        // Whoever had it and did not end it is told what did.
        var reason = contexts.RemovalReason(kernelId);
        return WriteAsync(
            context, StatusCodes.Status404NotFound, $"Kernel does not exist: {kernelId}{(reason is null ? "" : $" (it {reason})")}");
    }

    public static Task SessionNotFoundAsync(HttpContext context, string sessionId) =>
        WriteAsync(context, StatusCodes.Status404NotFound, $"Session not found: {sessionId}");
}
