using KernelGateway.Launching.Native;
using KernelGateway.Protocol.Files;

namespace KernelGateway.Launching.Users;

/// <summary>The user that kernels run as when the gateway is root.</summary>
/// <remarks>
/// The kernel's command is started through <c>setpriv</c>, which takes the user's ids and groups, gives up all capabilities and executes the
/// command in the same process. The working directory is entered with the rights of the user.
/// </remarks>
internal sealed class KernelUser
{
    private const string SystemPath = "/usr/sbin:/usr/bin:/sbin:/bin";

    // What names directories and sessions of the gateway's own user.
    private static readonly string[] UserVariables = ["HOME", "USER", "LOGNAME", "SHELL"];

    private readonly string _setpriv;

    private KernelUser(UserAccount account, string setpriv)
    {
        Account = account;
        _setpriv = setpriv;
    }

    public UserAccount Account { get; }

    /// <summary>Finds out whether kernels can run as a user.</summary>
    /// <param name="nameOrId">The login name or the user id.</param>
    /// <param name="problem">Says why they cannot; null when they can.</param>
    public static KernelUser? TryCreate(string nameOrId, out string? problem)
    {
        problem = null;
        if (!OperatingSystem.IsLinux()) problem = "kernels can run as another user on Linux only";
        else if (UnixFile.EffectiveUserId != 0)
            problem = $"only a gateway that runs as root can run kernels as '{nameOrId}'; start it as root, or as that user without this option";
        else if (UserAccount.Find(nameOrId) is not { } account) problem = $"there is no user '{nameOrId}'";
        else if (ProgramLocator.Find("setpriv", SystemPath, "/", out var isExecutable) is not { } setpriv || !isExecutable)
            problem = "the program 'setpriv' is not installed; it is in the package util-linux";
        else return new KernelUser(account, setpriv);
        return null;
    }

    /// <summary>Returns the inherited environment of the gateway as this user has it.</summary>
    public void Replace(IDictionary<string, string> inherited)
    {
        foreach (var name in inherited.Keys.Where(name => name.StartsWith("XDG_", StringComparison.Ordinal)).ToArray()) inherited.Remove(name);
        string[] values = [Account.Home, Account.Name, Account.Name, Account.Shell];
        foreach (var (name, value) in UserVariables.Zip(values)) inherited[name] = value;
    }

    /// <summary>Returns the command that becomes this user and then the kernel.</summary>
    /// <param name="command">The kernel's command.</param>
    /// <param name="workingDirectory">The absolute path of its working directory.</param>
    public KernelCommand Wrap(KernelCommand command, string workingDirectory) => new(
        _setpriv,
        [
            "setpriv", $"--reuid={Account.UserId}", $"--regid={Account.GroupId}", "--init-groups", "--inh-caps=-all", "--",
            "/bin/sh", "-c", "cd -- \"$1\" && shift && exec \"$@\"", "kernel", workingDirectory, command.ProgramPath, .. command.Argv.Skip(1),
        ]);

    /// <summary>Makes this user the owner of a file in the run directory, which only root can write.</summary>
    /// <exception cref="IOException">The owner could not be changed.</exception>
    public void GiveFile(string path) => LibC.ChangeOwner(path, Account.UserId, Account.GroupId);
}
