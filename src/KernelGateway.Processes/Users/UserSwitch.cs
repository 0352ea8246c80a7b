using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace KernelGateway.Processes.Users;

/// <summary>Starts programs as another user, from a process that runs as root.</summary>
/// <remarks>
/// The command is started through <c>setpriv</c>, which takes the user's ids and groups and executes a shell in the same process.
/// The shell enters a working directory, sets the variables and executes the program, all with the rights of the user.
/// <c>setpriv</c> itself runs as root and gets none of the variables: with <c>LD_PRELOAD</c> their sender would be root.
/// </remarks>
internal sealed class UserSwitch
{
    internal const string SystemPath = "/usr/sbin:/usr/bin:/sbin:/bin";

    // bash(1), Shell Variables. Where /bin/sh is bash, it ends when one of the first six or OPTIND is set, and it sets the others
    // itself. dash ends at OPTIND.
    private static readonly FrozenSet<string> ShellVariables = FrozenSet.Create(
        StringComparer.Ordinal,
        "BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID",
        "OPTIND", "BASHPID", "BASH_ALIASES", "BASH_ARGC", "BASH_ARGV", "BASH_CMDS", "BASH_COMMAND", "BASH_LINENO", "BASH_SOURCE",
        "BASH_SUBSHELL", "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "FUNCNAME", "GROUPS", "HISTCMD", "LINENO", "PIPESTATUS", "RANDOM",
        "SECONDS", "SHLVL", "SRANDOM", "_");

    // The shell exports what it sets itself. Descriptor 3 is the file with the variables if that has no path of its own.
    private const string Script =
        "{ [ -z \"$1\" ] || cd -- \"$1\"; } && unset PWD OLDPWD SHLVL && . \"$2\" && exec 3<&- && shift 2 && exec \"$@\"";

    private UserSwitch(string programPath) => ProgramPath = programPath;

    /// <summary>Gets the program that is started.</summary>
    internal string ProgramPath { get; }

    /// <summary>Finds the program; null when it is not installed.</summary>
    internal static UserSwitch? Find() =>
        ProgramLocator.Find("setpriv", SystemPath, "/", out var isExecutable) is { } path && isExecutable ? new UserSwitch(path) : null;

    /// <summary>Returns whether the shell can set a variable of this name.</summary>
    internal static bool IsIdentifier(string name) =>
        name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] == '_')
        && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');

    /// <summary>Returns whether the shell gives a variable of this name a value of its own, or does not start with it.</summary>
    internal static bool IsShellVariable(string name) => ShellVariables.Contains(name);

    /// <summary>Writes variables as a script of the shell.</summary>
    /// <param name="variables">The variables, each with a name that the shell can set.</param>
    internal static string WriteVariables(IEnumerable<KeyValuePair<string, string>> variables)
    {
        var script = new StringBuilder();
        foreach (var (name, value) in variables)
            script.Append(CultureInfo.InvariantCulture, $"export {name}='{value.Replace("'", @"'\''", StringComparison.Ordinal)}'\n");
        return script.ToString();
    }

    /// <summary>Returns the arguments of <see cref="ProgramPath"/> that become this user and then the command.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="groupId">The id of the primary group.</param>
    /// <param name="groups">The ids of all groups; null for those of the user database.</param>
    /// <param name="label">How the shell calls itself in its messages.</param>
    /// <param name="workingDirectory">
    /// The absolute path of the working directory; empty to stay in the one in which it is started, also if the user may not enter it.
    /// </param>
    /// <param name="variables">The path of the script from <see cref="WriteVariables"/>, which the user can read.</param>
    /// <param name="command">The absolute path of the program, and its arguments.</param>
    internal static IReadOnlyList<string> Wrap(
        uint userId,
        uint groupId,
        IReadOnlyList<uint>? groups,
        string label,
        string workingDirectory,
        string variables,
        IEnumerable<string> command)
    {
        var groupOption = groups switch
        {
            null => "--init-groups",
            [] => "--clear-groups",
            _ => $"--groups={string.Join(',', groups)}",
        };
        return
        [
            "setpriv", $"--reuid={userId}", $"--regid={groupId}", groupOption, "--inh-caps=-all", "--",
            "/bin/sh", "-c", Script, label, workingDirectory, variables, .. command,
        ];
    }
}
