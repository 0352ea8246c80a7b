using KernelGateway.AspNetCore.Responses;
using KernelGateway.ControlPlane.Sandboxes;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.ControlPlane.AspNetCore.Rest;

/// <summary>Writes errors in the form that the SDKs expect: the status is also in the body, as a number.</summary>
internal static class RestError
{
    public static Task WriteAsync(HttpContext context, int status, string message, string? code = null)
    {
        var body = new JObject { ["code"] = status, ["message"] = message };
        if (code is not null) body["error_code"] = code;
        return JsonAnswer.WriteTokenAsync(context, status, body);
    }

    public static Task WriteAsync(HttpContext context, SandboxException exception)
    {
        // The SDKs wait and try again when they are told for how long.
        if (exception.Failure == SandboxFailure.LimitReached) context.Response.Headers.RetryAfter = "1";
        return WriteAsync(context, StatusOf(exception.Failure), exception.Message, exception.Code);
    }

    /// <summary>Returns an error as a part of a body.</summary>
    public static JObject ToJson(SandboxException exception) => new() { ["code"] = StatusOf(exception.Failure), ["message"] = exception.Message };

    private static int StatusOf(SandboxFailure failure) => failure switch
    {
        SandboxFailure.Invalid => StatusCodes.Status400BadRequest,
        SandboxFailure.Forbidden => StatusCodes.Status403Forbidden,
        SandboxFailure.NotFound => StatusCodes.Status404NotFound,
        SandboxFailure.Conflict => StatusCodes.Status409Conflict,
        SandboxFailure.LimitReached => StatusCodes.Status429TooManyRequests,
        SandboxFailure.Unsupported => StatusCodes.Status501NotImplemented,
        SandboxFailure.TimedOut => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };
}
