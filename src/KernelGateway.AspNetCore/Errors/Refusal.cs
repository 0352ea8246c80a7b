using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Errors;

/// <summary>Answers errors in the form that the clients of the route expect: problem details, unless the route says otherwise.</summary>
internal static class Refusal
{
    public static Task WriteAsync(HttpContext context, int status, string code, string detail)
    {
        var form = context.GetEndpoint()?.Metadata.GetMetadata<ErrorForm>() ?? Problem.WriteAsync;
        return form(context, status, code, detail);
    }
}
