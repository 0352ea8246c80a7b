using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;

namespace KernelGateway.AspNetCore.Jupyter.Server;

/// <summary>The routes that tell of the server itself, with their descriptions.</summary>
internal static class ServerRoutes
{
    private const string Json = JsonAnswer.MediaType;

    public static void Map(RouteTable routes, ServerEndpoints endpoints, OpenApiEndpoint description)
    {
        routes.Map("GET", "/api", ServerEndpoints.ShowApiAsync)
            .Describe("jupyter_api", "Says what serves the API.")
            .Answers<ApiBody>(200, Json, "The version.");
        routes.Map("GET", "/api/status", endpoints.ShowStatusAsync)
            .Describe("jupyter_status", "Says what the server is doing.")
            .Answers<StatusBody>(200, Json, "Kernels, connections, and when something last happened.");
        routes.Map("GET", "/api/me", IdentityEndpoint.HandleAsync)
            .Describe("jupyter_me", "Says who the client is and what it may do.")
            .Query("permissions", "What is asked about: a JSON object of lists of actions, by resource.", "string")
            .Answers<MeBody>(200, Json, "The user, and of what was asked about what is possible.")
            .Answers<JupyterErrorBody>(400, Json, "`permissions` is not as described.");

        // JSON is YAML too.
        string[] places = ["/api/openapi.json", "/api/swagger.json", "/api/spec.yaml", "/api/swagger.yaml"];
        foreach (var place in places) routes.MapHidden("GET", place, description.HandleAsync);
        routes.MapUnknown("/api/{**path}", ServerEndpoints.ShowNothingAsync);
    }
}
