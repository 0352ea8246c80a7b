using KernelGateway.Contexts;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Errors;

/// <summary>Answers errors as plain text, where the E2B SDKs show the body as the message.</summary>
internal static class PlainText
{
    /// <summary>The header with the code that problem details would have.</summary>
    public const string CodeHeader = "X-Error-Code";

    public const string MediaType = "text/plain; charset=utf-8";

    public static Task WriteAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaType;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    /// <summary>Answers with a text for people, and a code for programs in a header.</summary>
    public static Task WriteAsync(HttpContext context, int status, string code, string text)
    {
        context.Response.Headers[CodeHeader] = code;
        return WriteAsync(context, status, text);
    }

    public static Task ContextNotFoundAsync(HttpContext context, ContextNotFoundException exception) =>
        WriteAsync(context, StatusCodes.Status404NotFound, ProblemCodes.ContextNotFound, exception.Message);
}
