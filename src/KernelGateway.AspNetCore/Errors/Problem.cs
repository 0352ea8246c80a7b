using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace KernelGateway.AspNetCore.Errors;

/// <summary>Answers with problem details (RFC 9457) and a stable code.</summary>
internal static class Problem
{
    public const string MediaType = "application/problem+json";

    public static Task WriteAsync(HttpContext context, int status, string code, string detail)
    {
        var body = new ProblemBody(ReasonPhrases.GetReasonPhrase(status), status, code, detail);
        return JsonAnswer.WriteAsync(context, status, body, MediaType);
    }
}
