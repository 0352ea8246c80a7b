using KernelGateway.AspNetCore.Responses;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.ControlPlane.AspNetCore.Rest;

/// <summary>Names of templates, and the routes of features that this service does not have.</summary>
internal sealed class TemplateEndpoints(ControlPlaneSurface surface)
{
    /// <summary>Returns whether there is a template of a name: 200, 403 for another team's, or 404.</summary>
    public Task FindAsync(HttpContext context, TeamRecord team)
    {
        var name = Uri.UnescapeDataString((string?)context.Request.RouteValues["alias"] ?? "");
        var reference = TemplateReference.TryParse(name) ?? throw new SandboxException(SandboxFailure.Invalid, $"Invalid template reference: {name}");
        if (reference.Namespace is { } space && space != team.Name)
            throw new SandboxException(SandboxFailure.Forbidden, $"you don't have access to template '{reference}'");
        var template = surface.FindTemplate(reference.Name)
            ?? throw new SandboxException(SandboxFailure.NotFound, $"template '{reference}' not found");
        return JsonAnswer.WriteTokenAsync(
            context, StatusCodes.Status200OK, new JObject { ["templateID"] = template.Id, ["public"] = true });
    }

    /// <summary>Answers a route of a feature that this service does not have.</summary>
    /// <param name="feature">The feature.</param>
    public static Func<HttpContext, TeamRecord, Task> Refuse(string feature) =>
        (context, _) => RestError.WriteAsync(context, StatusCodes.Status501NotImplemented, $"{feature} are not supported by this service");
}
