using KernelGateway.SandboxServices.Files;
using Microsoft.Extensions.Logging;

namespace KernelGateway.SandboxServices;

/// <summary>
/// How the files of a machine are used and its commands are started. The defaults are for a machine of one's own.
/// </summary>
public sealed record LocalSandboxOptions
{
    /// <summary>Gets with whose rights files are used.</summary>
    /// <value>
    /// <see cref="FileRights.User"/> by default. <see cref="FileRights.Service"/> is for a process that is root of a sandbox:
    /// users can then read and write every file of the sandbox through it.
    /// </value>
    public FileRights FilesAs { get; init; } = FileRights.User;

    /// <summary>Gets the user for whom files are used and commands are run when none is named.</summary>
    /// <value>
    /// A login name or user id. Null by default, for the user of this process. Another one needs a process of root.
    /// </value>
    public string? DefaultUser { get; init; }

    /// <summary>Gets the directory that an empty path means, and in which commands start that name none.</summary>
    /// <value>
    /// An absolute path. Null by default, for <c>KernelGatewayOptions.DefaultWorkingDirectory</c> of the gateway to which the
    /// object is attached, or else the user's home.
    /// </value>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets the environment variables of all commands and terminals.</summary>
    /// <value>None by default. Attached to a gateway, they come after those of the gateway, and win over them.</value>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets how much memory a command or terminal, and all that it starts, may use together.</summary>
    /// <value>
    /// In bytes, at least 16 MiB; null by default, for no limit. See <see cref="Processes.SandboxProcessesOptions.MemoryLimit"/>.
    /// </value>
    public long? CommandMemoryLimit { get; init; }

    /// <summary>Gets how many processes and threads a command or terminal, and all that it starts, may have together.</summary>
    /// <value>At least 1; null by default, for no limit. See <see cref="Processes.SandboxProcessesOptions.ProcessLimit"/>.</value>
    public int? CommandProcessLimit { get; init; }

    /// <summary>Gets the clock; the system's by default.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets where it is logged which processes start and end; null, the default, for nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}
