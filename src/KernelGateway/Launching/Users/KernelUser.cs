using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using KernelGateway.Processes;
using KernelGateway.Processes.Native;
using KernelGateway.Processes.Users;
using KernelGateway.Protocol.Files;

namespace KernelGateway.Launching.Users;

/// <summary>The user that kernels run as when the gateway is root.</summary>
/// <remarks>
/// The kernel's command is started through <c>setpriv</c>, which takes the user's ids and groups and executes a shell in the same
/// process. The shell enters the working directory, sets the kernel's variables and executes the command, all with the rights of
/// the user. <c>setpriv</c> itself runs as root and gets none of these variables: with <c>LD_PRELOAD</c> their sender would be root.
/// </remarks>
internal sealed class KernelUser
{
    private const string SystemPath = "/usr/sbin:/usr/bin:/sbin:/bin";

    private static readonly string[] UserVariables = ["HOME", "USER", "LOGNAME", "SHELL"];

    // bash(1), Shell Variables. Where /bin/sh is bash, it ends when one of the first six or OPTIND is set, and it sets the others
    // itself. dash ends at OPTIND.
    private static readonly FrozenSet<string> ShellVariables = FrozenSet.Create(
        StringComparer.Ordinal,
        "BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID",
        "OPTIND", "BASHPID", "BASH_ALIASES", "BASH_ARGC", "BASH_ARGV", "BASH_CMDS", "BASH_COMMAND", "BASH_LINENO", "BASH_SOURCE",
        "BASH_SUBSHELL", "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "FUNCNAME", "GROUPS", "HISTCMD", "LINENO", "PIPESTATUS", "RANDOM",
        "SECONDS", "SHLVL", "SRANDOM", "_");

    private readonly string _setpriv;

    private KernelUser(UserAccount account, string setpriv)
    {
        Account = account;
        _setpriv = setpriv;
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
        else if (ProgramLocator.Find("setpriv", SystemPath, "/", out var isExecutable) is not { } setpriv || !isExecutable)
            problem = "the program 'setpriv' is not installed; it is in the package util-linux";
        else return new KernelUser(account, setpriv);
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
    /// <param name="variables">The file with the kernel's variables, from <see cref="WriteVariables"/>.</param>
    public KernelCommand Wrap(KernelCommand command, string workingDirectory, string variables) => new(
        _setpriv,
        [
            "setpriv", $"--reuid={Account.UserId}", $"--regid={Account.GroupId}", "--init-groups", "--inh-caps=-all", "--",
            "/bin/sh", "-c", "cd -- \"$1\" && . \"$2\" && shift 2 && exec \"$@\"", "kernel", workingDirectory, variables,
            command.ProgramPath, .. command.Argv.Skip(1),
        ]);

    /// <summary>Gives the variables of the process itself: those by which it is found, and a search path.</summary>
    /// <param name="environment">The kernel's variables.</param>
    /// <param name="mark">The name of the variable by which the process is found.</param>
    public static IReadOnlyDictionary<string, string> GetStartEnvironment(IReadOnlyDictionary<string, string> environment, string mark) =>
        new Dictionary<string, string> { ["PATH"] = SystemPath, [mark] = environment[mark] };

    /// <summary>
    /// Returns why a kernel of another user cannot have a variable of this name, as the rest of a sentence; null when it can.
    /// </summary>
    public static string? FindProblem(string name) =>
        !IsIdentifier(name) ? "has a name that is not an identifier; the shell that starts kernels of another user cannot set it"
        : ShellVariables.Contains(name) ? "is a variable of the shell that starts kernels of another user, which cannot set it"
        : null;

    /// <summary>Writes variables as a script of the shell.</summary>
    /// <param name="environment">The variables, each with a name for which there is no problem.</param>
    public static string WriteVariables(IReadOnlyDictionary<string, string> environment)
    {
        var script = new StringBuilder();
        foreach (var (name, value) in environment)
            script.Append(CultureInfo.InvariantCulture, $"export {name}='{value.Replace("'", @"'\''", StringComparison.Ordinal)}'\n");
        return script.ToString();
    }

    private static bool IsOfGatewayUser(string name) => name == "TMPDIR" || name.StartsWith("XDG_", StringComparison.Ordinal);

    private static bool IsIdentifier(string name) =>
        (char.IsAsciiLetter(name[0]) || name[0] == '_') && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');

    /// <summary>Makes this user the owner of a file in the run directory, which only root can write.</summary>
    /// <exception cref="IOException">The owner could not be changed.</exception>
    public void GiveFile(string path) => LibC.ChangeOwner(path, Account.UserId, Account.GroupId);
}
