using KernelGateway.Processes.Native;
using KernelGateway.Processes.Users;
using KernelGateway.Protocol.Files;

namespace KernelGateway.Launching.Users;

/// <summary>The user that kernels run as when the gateway is root.</summary>
/// <remarks>
/// The kernel's command is started through a <see cref="UserSwitch"/>, whose shell reads the kernel's variables from a file that
/// belongs to the user.
/// </remarks>
internal sealed class KernelUser
{
    private static readonly string[] UserVariables = ["HOME", "USER", "LOGNAME", "SHELL"];

    private readonly UserSwitch _switch;

    private KernelUser(UserAccount account, UserSwitch userSwitch)
    {
        Account = account;
        _switch = userSwitch;
    }

    public UserAccount Account { get; }

    /// <summary>Determines whether kernels can run as a user.</summary>
    /// <param name="nameOrId">The login name or the user id.</param>
    /// <param name="problem">Receives the reason why they cannot; null when they can.</param>
    public static KernelUser? TryCreate(string nameOrId, out string? problem)
    {
        problem = null;
        if (!OperatingSystem.IsLinux()) problem = "kernels can run as another user on Linux only";
        else if (UnixFile.EffectiveUserId != 0)
            problem = $"only a gateway that runs as root can run kernels as '{nameOrId}'; start it as root, or as that user without this option";
        else if (UserAccount.Find(nameOrId) is not { } account) problem = $"there is no user '{nameOrId}'";
        else if (account.UserId == 0) problem = $"'{nameOrId}' is root, which is what the option is to avoid; name another user";
        else if (UserSwitch.Find() is not { } userSwitch)
            problem = "the program 'setpriv' is not installed; it is in the package util-linux";
        else return new KernelUser(account, userSwitch);
        return null;
    }

    /// <summary>Returns the inherited environment of the gateway as this user has it.</summary>
    public void Replace(IDictionary<string, string> inherited)
    {
        // They name directories and sessions of the gateway's own user.
        var left = inherited.Keys.Where(name => IsOfGatewayUser(name) || FindProblem(name) is not null).ToArray();
        foreach (var name in left) inherited.Remove(name);
        string[] values = [Account.Home, Account.Name, Account.Name, Account.Shell];
        foreach (var (name, value) in UserVariables.Zip(values)) inherited[name] = value;
    }

    /// <summary>Returns the command that becomes this user and then the kernel.</summary>
    /// <param name="command">The kernel's command.</param>
    /// <param name="workingDirectory">The absolute path of its working directory.</param>
    /// <param name="variables">The file with the kernel's variables, from <see cref="UserSwitch.WriteVariables"/>.</param>
    public KernelCommand Wrap(KernelCommand command, string workingDirectory, string variables) => new(
        _switch.ProgramPath,
        UserSwitch.Wrap(
            Account.UserId,
            Account.GroupId,
            groups: null,
            label: "kernel",
            workingDirectory,
            variables,
            [command.ProgramPath, .. command.Argv.Skip(1)]));

    /// <summary>Gives the variables of the process itself: those by which it is found, and a search path.</summary>
    /// <param name="environment">The kernel's variables.</param>
    /// <param name="mark">The name of the variable by which the process is found.</param>
    public static IReadOnlyDictionary<string, string> GetStartEnvironment(IReadOnlyDictionary<string, string> environment, string mark) =>
        new Dictionary<string, string> { ["PATH"] = UserSwitch.SystemPath, [mark] = environment[mark] };

    /// <summary>
    /// Returns why a kernel of another user cannot have a variable of this name, as the rest of a sentence; null when it can.
    /// </summary>
    public static string? FindProblem(string name) =>
        !UserSwitch.IsIdentifier(name) ? "has a name that is not an identifier; the shell that starts kernels of another user cannot set it"
        : UserSwitch.IsShellVariable(name) ? "is a variable of the shell that starts kernels of another user, which cannot set it"
        : null;

    private static bool IsOfGatewayUser(string name) => name == "TMPDIR" || name.StartsWith("XDG_", StringComparison.Ordinal);

    /// <summary>Makes this user the owner of a file in the run directory, which only root can write.</summary>
    /// <exception cref="IOException">The owner could not be changed.</exception>
    public void GiveFile(string path) => LibC.ChangeOwner(path, Account.UserId, Account.GroupId);
}
