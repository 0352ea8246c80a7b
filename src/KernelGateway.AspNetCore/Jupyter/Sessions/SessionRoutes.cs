using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Jupyter.Kernels;
using KernelGateway.AspNetCore.Responses;

namespace KernelGateway.AspNetCore.Jupyter.Sessions;

/// <summary>The routes of sessions, with their descriptions.</summary>
internal static class SessionRoutes
{
    private const string Json = JsonAnswer.MediaType;
    private const string Unknown = "There is no session with this id, or its kernel is gone.";
    private const string NotInstalled = "The kernelspec is not installed; the message lists the installed ones.";

    public static void Map(RouteTable routes, HttpSurface surface, KernelNames names, KernelStarts starts)
    {
        var sessions = new KernelSessions(id => surface.Gateway.Contexts.Find(id));
        var endpoints = new SessionEndpoints(surface, sessions, names, starts);
        var change = new SessionChangeEndpoint(surface, sessions, names, starts);
        routes.Map("GET", "/api/sessions", endpoints.ListAsync)
            .Describe("jupyter_list_sessions", "Lists the sessions whose kernels exist.")
            .Answers<SessionBody[]>(200, Json, "The sessions.");
        routes.Map("POST", "/api/sessions", endpoints.CreateAsync)
            .Describe(
                "jupyter_create_session",
                "Joins a document to a kernel. Without the id of a kernel a new one is started.",
                "If the path has a session, that session is returned. A new kernel starts in the directory of the path.")
            .Takes<ChangeSessionBody>(Json)
            .Answers<SessionBody>(201, Json, "The session; `Location` has its path.")
            .Answers<JupyterErrorBody>(400, Json, "`path` or `type` is missing, or the body is not as described.")
            .Answers<JupyterErrorBody>(403, Json, "The maximum number of kernels is reached (`Resource Limit`).")
            .Answers<JupyterErrorBody>(413, Json, "The body is too long.")
            .Answers<JupyterErrorBody>(415, Json, "The body is not declared as JSON and the request has no token, so a web page could have sent it.")
            .Answers<JupyterErrorBody>(500, Json, "The kernel did not start; the message states the reason.")
            .Answers<MissingKernelBody>(501, Json, NotInstalled)
            .Answers<JupyterErrorBody>(503, Json, "The gateway is stopping.");
        routes.Map("GET", "/api/sessions/{id}", endpoints.ShowAsync)
            .Describe("jupyter_get_session", "Returns a session.")
            .Answers<SessionBody>(200, Json, "The session.")
            .Answers<JupyterErrorBody>(404, Json, Unknown);
        routes.Map("PATCH", "/api/sessions/{id}", change.HandleAsync)
            .Describe(
                "jupyter_change_session",
                "Renames a session, or gives it another kernel.",
                "The previous kernel is shut down, unless another session has it.")
            .Takes<ChangeSessionBody>(Json)
            .Answers<SessionBody>(200, Json, "The session as it is now.")
            .Answers<JupyterErrorBody>(400, Json, "There is no kernel with this id, or the body is not as described.")
            .Answers<JupyterErrorBody>(403, Json, "The maximum number of kernels is reached (`Resource Limit`).")
            .Answers<JupyterErrorBody>(404, Json, Unknown)
            .Answers<JupyterErrorBody>(413, Json, "The body is too long.")
            .Answers<JupyterErrorBody>(415, Json, "The body is not declared as JSON and the request has no token, so a web page could have sent it.")
            .Answers<MissingKernelBody>(501, Json, "The kernelspec is not installed, or its kernel did not start; the message states the reason.")
            .Answers<JupyterErrorBody>(503, Json, "The gateway is stopping.");
        routes.Map("DELETE", "/api/sessions/{id}", endpoints.DeleteAsync)
            .Describe("jupyter_delete_session", "Deletes a session and shuts its kernel down.")
            .Answers<Nothing>(204, null, "Both are deleted.")
            .Answers<JupyterErrorBody>(404, Json, "There is no session with this id.")
            .Answers<JupyterErrorBody>(410, Json, "Its kernel was deleted before; the session is deleted now.");
    }
}
