using KernelGateway.ControlPlane.Engines.Native;

namespace KernelGateway.ControlPlane.Engines.Plain;

/// <summary>Contains the options of <see cref="ProcessEngine"/>.</summary>
public sealed class ProcessEngineOptions
{
    /// <summary>Gets or sets the directory in which the engine keeps records, files of sandboxes and sockets.</summary>
    /// <value>Required. A short absolute path: the path of a Unix socket has at most 107 bytes.</value>
    public required string DataDirectory { get; set; }

    /// <summary>Gets or sets the directory with <c>kernel-gateway.dll</c>, the program that runs as the sidecar.</summary>
    /// <value>Default: the directory of this program.</value>
    public string SidecarDirectory { get; set; } = AppContext.BaseDirectory;

    /// <summary>Gets or sets the installation of .NET that runs the sidecar.</summary>
    /// <value>Default: the one that runs this program.</value>
    public string DotnetDirectory { get; set; } = DotnetInstallation.Directory;

    /// <summary>
    /// Gets or sets the program and its arguments that a sandbox runs instead of the sidecar; null for the sidecar. For tests.
    /// </summary>
    internal IReadOnlyList<string>? Command { get; set; }
}
