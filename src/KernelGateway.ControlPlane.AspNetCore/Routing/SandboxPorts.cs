using KernelGateway.ControlPlane.Sandboxes;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.ControlPlane.AspNetCore.Routing;

/// <summary>The ports that the sidecar of a sandbox serves itself, and what may be reached through them without its token.</summary>
internal static class SandboxPorts
{
    /// <summary>The port of files and commands.</summary>
    public const int Services = SidecarClient.ServicesPort;

    /// <summary>The port of the code interpreter.</summary>
    public const int CodeInterpreter = SidecarClient.CodeInterpreterPort;

    // The ports of the SDKs' first generation: files and commands, and Jupyter.
    private const int FirstServices = 49982;
    private const int Jupyter = 8888;

    private static readonly HashSet<string> CodeInterpreterPaths =
        new(StringComparer.OrdinalIgnoreCase) { "health", "ready", "execute", "contexts", "executions" };

    private static readonly HashSet<string> FirstServicesPaths = new(StringComparer.OrdinalIgnoreCase) { "ws", "file", "ping" };

    private static readonly HashSet<string> ReservedPaths =
        new(StringComparer.OrdinalIgnoreCase) { "init", "freeze", "unfreeze", "collapse", "fsfreeze", "fsthaw", "upgrade" };

    /// <summary>Returns whether a path of the daemon is for the control plane alone.</summary>
    public static bool IsReserved(int port, PathString path) =>
        port is Services or CodeInterpreter or FirstServices && ReservedPaths.Contains(path.ToString().Trim('/'));

    /// <summary>Returns whether a request opens the connection of a client of the first generation.</summary>
    public static bool IsFirstSocket(int port, PathString path) =>
        port == FirstServices && path.Equals(SidecarClient.FirstSocketPath, StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the port that the sidecar is asked for.</summary>
    public static int Translate(int port, PathString path) => port switch
    {
        FirstServices => Services,
        Jupyter when FirstSegment(path).Equals("api", StringComparison.OrdinalIgnoreCase) => CodeInterpreter,
        _ => port,
    };

    /// <summary>Returns whether the router vouches for a request, so that the sidecar asks for no token.</summary>
    /// <remarks>
    /// The sidecar serves all its routes under both of its ports. A client without the token gets no further than E2B's services would let it:
    /// to the code interpreter, and to everything in a sandbox that is not secured.
    /// </remarks>
    public static bool NeedsNoToken(int port, PathString path, bool isSecured) => port switch
    {
        Services => !isSecured,
        FirstServices => !isSecured && FirstServicesPaths.Contains(FirstSegment(path)),
        CodeInterpreter => !isSecured || CodeInterpreterPaths.Contains(FirstSegment(path)),
        Jupyter => !isSecured || !FirstSegment(path).Equals("api", StringComparison.OrdinalIgnoreCase),
        _ => true,
    };

    private static string FirstSegment(PathString path)
    {
        var text = path.ToString().AsSpan().TrimStart('/');
        var end = text.IndexOf('/');
        return (end < 0 ? text : text[..end]).ToString();
    }
}
