using KernelGateway.AspNetCore.Errors;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.CodeInterpreter;

/// <summary>Answers bodies that are no JSON object at all on the routes the SDKs know: 422, as for a field of the wrong type.</summary>
internal static class MalformedBody
{
    public static Task RefuseAsync(HttpContext context, string problem)
    {
        var errors = new ValidationErrors();
        errors.Add("json_invalid", problem, JValue.CreateNull(), "body");
        return errors.WriteAsync(context);
    }

    /// <summary>Answers the same on routes of our own: 400 with problem details.</summary>
    public static Task RefuseAsProblemAsync(HttpContext context, string problem) =>
        Problem.WriteAsync(context, StatusCodes.Status400BadRequest, ProblemCodes.MalformedRequest, problem);
}
