using KernelGateway.AspNetCore.Errors;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.CodeInterpreter;

/// <summary>
/// Answers a body that is not a JSON object on the routes that the SDKs use: 422, as for a field of the wrong type.
/// </summary>
internal static class MalformedBody
{
    public static Task RefuseAsync(HttpContext context, string problem)
    {
        var errors = new ValidationErrors();
        errors.Add("json_invalid", problem, JValue.CreateNull(), "body");
        return errors.WriteAsync(context);
    }

    /// <summary>Answers such a body on the gateway's own routes: 400 with problem details.</summary>
    public static Task RefuseAsProblemAsync(HttpContext context, string problem) =>
        Problem.WriteAsync(context, StatusCodes.Status400BadRequest, ProblemCodes.MalformedRequest, problem);
}
