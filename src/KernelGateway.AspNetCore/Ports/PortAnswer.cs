using System.Net;
using System.Text;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Ports;

/// <summary>Answers requests that are not forwarded, as the service of the E2B SDKs does: JSON, and a page for browsers.</summary>
internal static class PortAnswer
{
    private const string Json = $"{JsonAnswer.MediaType}; charset=utf-8";

    /// <summary>The header of the token of a sandbox's ports.</summary>
    public const string TokenHeader = "E2B-Traffic-Access-Token";

    /// <summary>Answers that nothing listens on the port, or that its connection was lost before a response.</summary>
    public static Task NotOpenAsync(HttpContext context, PortTarget target) =>
        WriteAsync(context, StatusCodes.Status502BadGateway, "The sandbox is running but port is not open", target.SandboxId, target.Port);

    /// <summary>Answers what the guard has refused (<see cref="ErrorForm"/>).</summary>
    public static Task WriteRefusalAsync(HttpContext context, int status, string code, string detail)
    {
        var id = context.Features.GetRequiredFeature<PortTarget>().SandboxId;
        if (code != ProblemCodes.Unauthorized) return WriteAsync(context, status, detail, id);
        context.Response.Headers.Remove("WWW-Authenticate");
        return TokenMissingAsync(context, id);
    }

    /// <summary>Answers that the token of the sandbox's ports is missing or wrong.</summary>
    public static Task TokenMissingAsync(HttpContext context, string sandboxId)
    {
        var problem = context.Request.Headers.ContainsKey(TokenHeader)
            ? $"Provided token in header '{TokenHeader.ToLowerInvariant()}' is invalid"
            : $"Token header '{TokenHeader.ToLowerInvariant()}' is missing";
        return WriteAsync(context, StatusCodes.Status403Forbidden, $"Sandbox is secured with traffic access token. {problem}", sandboxId);
    }

    /// <summary>Answers in the form that the client reads.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status, which is also in the body.</param>
    /// <param name="message">The text.</param>
    /// <param name="sandboxId">The id that the request named.</param>
    /// <param name="port">The port, if the answer is about it.</param>
    public static Task WriteAsync(HttpContext context, int status, string message, string sandboxId, int? port = null)
    {
        if (IsNavigation(context.Request)) return WritePageAsync(context, status, message, port);
        var body = new JObject { ["sandboxId"] = sandboxId, ["message"] = message };
        if (port is not null) body["port"] = port;
        body["code"] = status;
        return JsonAnswer.WriteTokenAsync(context, status, body, Json);
    }

    private static bool IsNavigation(HttpRequest request) =>
        request.Headers.UserAgent.ToString().Contains("Mozilla/", StringComparison.Ordinal)
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && request.Headers["Sec-Fetch-Mode"].ToString() is "" or "navigate";

    private static Task WritePageAsync(HttpContext context, int status, string message, int? port)
    {
        var title = WebUtility.HtmlEncode($"{status} {ReasonPhrases.GetReasonPhrase(status)}");
        var text = WebUtility.HtmlEncode(port is null ? message : $"{message}: {port}");
        var page = $"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>\n";
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(page, Encoding.UTF8, context.RequestAborted);
    }
}
