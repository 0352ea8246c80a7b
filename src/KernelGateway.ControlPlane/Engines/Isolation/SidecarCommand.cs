using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Templates;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>The command that runs in a sandbox, and what it finds there.</summary>
internal static class SidecarCommand
{
    /// <summary>The path of the directory with the socket inside.</summary>
    internal const string SocketDirectory = "/run/gateway";

    internal const string SocketName = "sidecar.sock";

    /// <summary>The directory with the program inside.</summary>
    internal const string Sidecar = "/opt/kernel-gateway";

    /// <summary>The directory with .NET inside.</summary>
    internal const string Dotnet = "/opt/dotnet";

    /// <summary>The directory with <c>sudo</c> inside. It is the first of <c>PATH</c>.</summary>
    internal const string Programs = "/run/kernel-gateway/bin";

    /// <summary>The path of the socket at which the sidecar serves <c>sudo</c>. Everybody inside may pass through its directory.</summary>
    internal const string SudoSocket = "/run/kernel-gateway/sudo.sock";

    /// <summary>The size of <c>/run</c>.</summary>
    internal const long RunBytes = 16L << 20;

    /// <summary>Gets the capabilities of root inside.</summary>
    // What a service for several users needs: it gives files to them and starts and ends their programs.
    internal static IReadOnlyList<string> Capabilities { get; } =
        ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETUID", "CAP_SETGID"];

    /// <summary>Returns the program and its arguments.</summary>
    /// <param name="specification">The sandbox.</param>
    /// <param name="options">How the engine works.</param>
    /// <param name="isRootless">Whether the sandbox has one user only.</param>
    internal static IReadOnlyList<string> List(SandboxSpecification specification, IsolationOptions options, bool isRootless) =>
        options.Command ??
        [
            $"{Dotnet}/dotnet", $"{Sidecar}/kernel-gateway.dll", "serve", "--socket", $"{SocketDirectory}/{SocketName}",
            .. isRootless || !specification.Template.AllowsSudo ? Array.Empty<string>() : ["--sudo-socket", SudoSocket],
            .. specification.SidecarArguments,
        ];

    /// <summary>Returns the environment variables of the program.</summary>
    /// <param name="specification">The sandbox.</param>
    /// <param name="user">The login name of its user; null for root.</param>
    /// <param name="home">The home directory of that user.</param>
    internal static IReadOnlyDictionary<string, string> ListVariables(
        SandboxSpecification specification, string? user = null, string? home = null)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = $"{Programs}:{HostTool.SystemPath}",
            ["HOME"] = home ?? "/root",
            ["USER"] = user ?? "root",
            ["LOGNAME"] = user ?? "root",
            ["LANG"] = "C.UTF-8",
            // The files of the sidecar are read-only, and its user has no directory to unpack them again.
            ["DOTNET_ROOT"] = Dotnet,
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_EnableDiagnostics"] = "0",
        };
        foreach (var (name, value) in specification.Environment) variables[name] = value;
        return variables;
    }

    /// <summary>Returns why a mount of a template is not possible; null when it is.</summary>
    internal static string? FindProblem(TemplateMount mount) =>
        !Path.IsPathFullyQualified(mount.Target) || mount.Target.Split('/').Contains("..") || mount.Target.Trim('/').Length == 0
            ? $"The target '{mount.Target}' of a mount is not an absolute path below the root."
            : !Path.Exists(mount.Source) ? $"The source '{mount.Source}' of a mount does not exist."
            : null;
}
