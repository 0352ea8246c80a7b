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
    private const string TokenHeader = "E2B-Traffic-Access-Token";

    /// <summary>Answers that nothing listens on the port, or that its connection was lost before a response.</summary>
    public static Task NotOpenAsync(HttpContext context, PortTarget target) =>
        WriteAsync(context, StatusCodes.Status502BadGateway, "The sandbox is running but port is not open", target, target.Port);

    /// <summary>Answers what the guard has refused (<see cref="ErrorForm"/>).</summary>
    public static Task WriteRefusalAsync(HttpContext context, int status, string code, string detail)
    {
        if (code != ProblemCodes.Unauthorized) return WriteAsync(context, status, detail, TargetOf(context));
        context.Response.Headers.Remove("WWW-Authenticate");
        var problem = context.Request.Headers.ContainsKey(TokenHeader)
            ? $"Provided token in header '{TokenHeader.ToLowerInvariant()}' is invalid"
            : $"Token header '{TokenHeader.ToLowerInvariant()}' is missing";
        return WriteAsync(context, StatusCodes.Status403Forbidden, $"Sandbox is secured with traffic access token. {problem}", TargetOf(context));
    }

    private static PortTarget TargetOf(HttpContext context) => context.Features.GetRequiredFeature<PortTarget>();

    private static Task WriteAsync(HttpContext context, int status, string message, PortTarget target, int? port = null)
    {
        if (IsNavigation(context.Request)) return WritePageAsync(context, status, message, port);
        var body = new JObject { ["sandboxId"] = target.SandboxId, ["message"] = message };
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
