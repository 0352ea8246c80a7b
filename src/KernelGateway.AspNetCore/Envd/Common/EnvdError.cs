using System.ComponentModel;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Envd.Common;

/// <summary>Writes errors as E2B's SDKs expect them on REST routes: <c>code</c> is the status, and there are no other fields.</summary>
internal static class EnvdError
{
    /// <summary>The error of a request without the token.</summary>
    public const string Unauthorized = "unauthorized access, please provide a valid access token or method signing if supported";

    public static Task WriteAsync(HttpContext context, int status, string message)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        var body = new JObject { ["code"] = status, ["message"] = message };
        return JsonAnswer.WriteTokenAsync(context, status, body, "application/json; charset=utf-8");
    }

    /// <summary>The form of errors before the handler is reached; E2B's clients do not know the codes.</summary>
    public static Task WriteRefusalAsync(HttpContext context, int status, string code, string detail) =>
        WriteAsync(context, status, detail);

    public static Task WriteAsync(HttpContext context, EnvdException exception) =>
        WriteAsync(context, exception.Status, exception.Message);
}

/// <summary>A request of a REST route failed. The client gets status and message.</summary>
internal sealed class EnvdException(int status, string message, Exception? inner = null) : Exception(message, inner)
{
    public int Status => status;
}

/// <summary>An error of a REST route, as E2B's SDKs expect it.</summary>
[Description("An error as E2B's SDKs expect it.")]
internal sealed record EnvdErrorBody(
    [property: Description("The status.")] int Code,
    [property: Description("The error as a sentence.")] string Message);
