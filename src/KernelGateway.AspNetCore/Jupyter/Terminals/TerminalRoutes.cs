using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Terminals;

/// <summary>The routes of terminals, with their descriptions.</summary>
internal static class TerminalRoutes
{
    private const string List = "/api/terminals";
    private const string One = "/api/terminals/{name}";
    private const string Socket = "/terminals/websocket/{name}";
    private const string Json = JsonAnswer.MediaType;
    private const string Unknown = "There is no terminal of this name.";

    public static void Map(RouteTable routes, TerminalEndpoints endpoints)
    {
        routes.Map("GET", List, endpoints.ListAsync)
            .Describe("jupyter_list_terminals", "Lists the terminals that Jupyter clients have created and whose shell runs.")
            .Answers<IReadOnlyList<TerminalBody>>(200, Json, "The terminals, in the order of their creation.");
        routes.Map("POST", List, endpoints.CreateAsync)
            .Describe("jupyter_create_terminal", "Creates a terminal with a login shell.")
            .Takes<CreateTerminalBody>(Json, isOptional: true)
            .Answers<TerminalBody>(200, Json, "The terminal, new or of the given name.")
            .Answers<JupyterErrorBody>(400, Json, "The body is not as described.")
            .Answers<JupyterErrorBody>(413, Json, "The body is too long.")
            .Answers<JupyterErrorBody>(500, Json, "The shell cannot be started; the message says why.");
        routes.Map("GET", One, endpoints.ShowAsync)
            .Describe("jupyter_get_terminal", "Returns a terminal.")
            .Answers<TerminalBody>(200, Json, "The terminal.")
            .Answers<JupyterErrorBody>(404, Json, Unknown);
        routes.Map("DELETE", One, endpoints.DeleteAsync)
            .Describe("jupyter_delete_terminal", "Ends a terminal with everything that runs in it.")
            .Answers<Nothing>(204, null, "It has ended.")
            .Answers<JupyterErrorBody>(404, Json, Unknown);
        routes.Map("GET", Socket, endpoints.ConnectAsync)
            .Describe(
                "jupyter_terminal_socket",
                "Opens a WebSocket to a terminal, in terminado's protocol.",
                "Messages are JSON lists. The server sends `[\"setup\", {}]`, `[\"stdout\", TEXT]`, first with the retained output, and `[\"disconnect\", 1]` when "
                + "the shell has ended. The client sends `[\"stdin\", TEXT]` and `[\"set_size\", ROWS, COLUMNS]`; the terminal has the smallest size of its clients.")
            .Answers<Nothing>(101, null, "The connection is a WebSocket.")
            .Answers<JupyterErrorBody>(400, Json, "The request is not a WebSocket handshake.")
            .Answers<JupyterErrorBody>(404, Json, Unknown)
            .Answers<JupyterErrorBody>(426, Json, "The WebSocket version is not 13.");

        // WebSockets over HTTP/2 (RFC 8441).
        routes.MapHidden(HttpMethods.Connect, Socket, endpoints.ConnectAsync);
    }
}
