using KernelGateway.SandboxServices.Files;

namespace KernelGateway.AspNetCore;

/// <summary>Which limit a client sets with the time limit of the stream that starts a command.</summary>
public enum CommandDeadline
{
    /// <summary>That of the command: it is killed with its process group. E2B's SDKs expect it; their default is 60 s.</summary>
    Command,

    /// <summary>That of the stream only: the command goes on, and clients can connect to it again.</summary>
    Stream,
}

/// <summary>Options of the services for files, directory watches and commands. The defaults are for a machine of one's own.</summary>
public sealed class SandboxServicesOptions
{
    /// <summary>Gets or sets with whose rights files are used.</summary>
    /// <value>
    /// <see cref="FileRights.User"/> by default. <see cref="FileRights.Service"/> is for a gateway that is root of a sandbox: its
    /// users can then read and write every file of the sandbox through the gateway, as with E2B.
    /// </value>
    public FileRights FilesAs { get; set; } = FileRights.User;

    /// <summary>Gets or sets the user for whom files are used and commands are run when a request names none.</summary>
    /// <value>
    /// A login name or user id. Null by default, for the user that the gateway runs as. Another one needs a gateway that runs as
    /// root.
    /// </value>
    public string? DefaultUser { get; set; }

    /// <summary>Gets or sets the directory that an empty path means, and in which commands start that name none.</summary>
    /// <value>
    /// An absolute path. Null by default, for <c>KernelGatewayOptions.DefaultWorkingDirectory</c>, or else the user's home.
    /// </value>
    public string? WorkingDirectory { get; set; }

    /// <summary>Gets or sets what the time limit of a request that starts a command ends.</summary>
    /// <value><see cref="CommandDeadline.Command"/> by default.</value>
    public CommandDeadline CommandDeadline { get; set; } = CommandDeadline.Command;

    /// <summary>Gets or sets how much memory a command or terminal, and all that it starts, may use together.</summary>
    /// <value>
    /// In bytes, at least 16 MiB; null by default, for no limit. See
    /// <see cref="SandboxServices.Processes.SandboxProcessesOptions.MemoryLimit"/>.
    /// </value>
    public long? CommandMemoryLimit { get; set; }

    /// <summary>Gets or sets how many processes and threads a command or terminal, and all that it starts, may have.</summary>
    /// <value>
    /// At least 1; null by default, for no limit. See <see cref="SandboxServices.Processes.SandboxProcessesOptions.ProcessLimit"/>.
    /// </value>
    public int? CommandProcessLimit { get; set; }

    /// <summary>
    /// Gets or sets the path of the Unix socket at which programs of root and of <see cref="DefaultUser"/> have commands run as other
    /// users, as with sudo.
    /// </summary>
    /// <value>
    /// An absolute path. Null by default: nobody can. It needs a gateway that runs as root, and makes the default user as powerful as
    /// root: it is for sandboxes and containers.
    /// </value>
    public string? SudoSocket { get; set; }
}
