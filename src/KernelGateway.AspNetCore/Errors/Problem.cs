using System.ComponentModel;
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

/// <summary>Problem details (RFC 9457).</summary>
[Description("Problem details (RFC 9457). Programs should use `code`, which is never renamed.")]
internal sealed record ProblemBody(
    [property: Description("The name of the status code.")] string Title,
    [property: Description("The status code.")] int Status,
    [property: Description("The kind of error, for programs: `queue_full`, `unauthorized`, `too_large`, and so on.")] string Code,
    [property: Description("The error as a sentence.")] string Detail);
