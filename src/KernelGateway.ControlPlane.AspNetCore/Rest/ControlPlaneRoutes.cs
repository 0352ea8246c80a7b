using KernelGateway.ControlPlane.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KernelGateway.ControlPlane.AspNetCore.Rest;

/// <summary>The routes of the control plane (E2B wire API, C.3).</summary>
internal static class ControlPlaneRoutes
{
    public static void Map(IEndpointRouteBuilder routes, ControlPlaneSurface surface)
    {
        var guard = new RestGuard(surface);
        var create = new CreateEndpoint(surface);
        var list = new ListEndpoint(surface);
        var sandbox = new SandboxEndpoints(surface);
        var observation = new ObservationEndpoints(surface);
        var snapshots = new SnapshotEndpoints(surface);
        var templates = new TemplateEndpoints(surface);

        routes.MapGet("/health", static context => context.Response.WriteAsync("OK", context.RequestAborted));
        Map("POST", "/v2/sandboxes", create.CreateAsync);
        Map("POST", "/sandboxes", create.CreateFirstVersionAsync);
        Map("GET", "/v2/sandboxes", list.ListAsync);
        Map("GET", "/sandboxes", list.ListRunningAsync);
        Map("GET", "/sandboxes/metrics", observation.ShowNewestMetricsAsync);
        Map("GET", "/sandboxes/{id}", sandbox.ShowAsync);
        Map("DELETE", "/sandboxes/{id}", sandbox.KillAsync);
        Map("POST", "/v2/sandboxes/{id}/connect", sandbox.ConnectAsync);
        Map("POST", "/sandboxes/{id}/connect", sandbox.ConnectFirstVersionAsync);
        Map("POST", "/sandboxes/{id}/timeout", sandbox.SetTimeoutAsync);
        Map("POST", "/sandboxes/{id}/refreshes", sandbox.RefreshAsync);
        Map("POST", "/sandboxes/{id}/pause", sandbox.PauseAsync);
        Map("POST", "/sandboxes/{id}/resume", sandbox.ResumeAsync);
        Map("GET", "/sandboxes/{id}/metrics", observation.ShowMetricsAsync);
        Map("GET", "/sandboxes/{id}/logs", observation.ShowFirstLogsAsync);
        Map("GET", "/v2/sandboxes/{id}/logs", observation.ShowLogsAsync);
        Map("PUT", "/sandboxes/{id}/network", sandbox.SetNetworkAsync);
        Map("POST", "/sandboxes/{id}/snapshots", snapshots.CreateAsync);
        Map("POST", "/sandboxes/{id}/fork", snapshots.ForkAsync);
        Map("GET", "/snapshots", snapshots.ListAsync);
        Map("DELETE", "/templates/{id}", snapshots.RemoveAsync);
        Map("GET", "/templates/aliases/{alias}", templates.FindAsync);

        foreach (var (pattern, feature) in (IEnumerable<(string, string)>)
            [
                ("/templates/{**rest}", "Builds of templates"),
                ("/v2/templates/{**rest}", "Builds of templates"),
                ("/v3/templates/{**rest}", "Builds of templates"),
                ("/volumes/{**rest}", "Volumes"),
                ("/secrets/{**rest}", "Secrets"),
            ])
        {
            routes.Map(pattern, guard.Protect(TemplateEndpoints.Refuse(feature)));
        }

        routes.MapMethods("/{**path}", ["OPTIONS"], RestGuard.AnswerPreflightAsync);
        routes.MapFallback("/{**path}", static context => RestError.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such route"));

        void Map(string method, string pattern, Func<HttpContext, TeamRecord, Task> handler) =>
            routes.MapMethods(pattern, [method], guard.Protect(handler));
    }
}
