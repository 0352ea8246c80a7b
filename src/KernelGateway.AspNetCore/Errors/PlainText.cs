using KernelGateway.Contexts;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Errors;

/// <summary>Answers errors as plain text, where the E2B SDKs show the body as the message.</summary>
internal static class PlainText
{
    public const string MediaType = "text/plain; charset=utf-8";

    public static Task WriteAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaType;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    public static Task ContextNotFoundAsync(HttpContext context, ContextNotFoundException exception) =>
        WriteAsync(context, StatusCodes.Status404NotFound, exception.Message);
}
