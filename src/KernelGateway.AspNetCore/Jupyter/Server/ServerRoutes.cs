using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;

namespace KernelGateway.AspNetCore.Jupyter.Server;

/// <summary>The routes about the server itself, with their descriptions.</summary>
internal static class ServerRoutes
{
    private const string Json = JsonAnswer.MediaType;

    public static void Map(RouteTable routes, ServerEndpoints endpoints, IdentityEndpoint identity, OpenApiEndpoint description)
    {
        routes.Map("GET", "/api", ServerEndpoints.ShowApiAsync)
            .Describe("jupyter_api", "Returns the version of the server.")
            .Answers<ApiBody>(200, Json, "The version.");
        routes.Map("GET", "/api/status", endpoints.ShowStatusAsync)
            .Describe("jupyter_status", "Returns the activity of the server.")
            .Answers<StatusBody>(200, Json, "Kernels, connections and the time of the last activity.");
        routes.Map("GET", "/api/me", identity.HandleAsync)
            .Describe("jupyter_me", "Returns the user and its permissions.")
            .Query("permissions", "The requested permissions: a JSON object with lists of actions, by resource.", "string")
            .Answers<MeBody>(200, Json, "The user, and the requested permissions that it has.")
            .Answers<JupyterErrorBody>(400, Json, "`permissions` is not as described.");

        // JSON is YAML too.
        string[] places = ["/api/openapi.json", "/api/swagger.json", "/api/spec.yaml", "/api/swagger.yaml"];
        foreach (var place in places) routes.MapHidden("GET", place, description.HandleAsync);
        routes.MapUnknown("/api/{**path}", ServerEndpoints.ShowNothingAsync);
    }
}
