using System.Globalization;
using KernelGateway.Processes.Users;

namespace KernelGateway.SandboxServices.Sudo;

/// <summary>The variables of a command, as sudo sets them without a configuration (sudoers(5), Command environment).</summary>
internal static class SudoEnvironment
{
    /// <summary>The most characters of <c>SUDO_COMMAND</c>.</summary>
    private const int MaxCommandText = 4096;

    private const string ZoneDirectory = "/usr/share/zoneinfo/";

    // What is kept: env_keep of sudo.
    private static readonly HashSet<string> Kept = new(StringComparer.Ordinal)
    {
        "COLORS", "DISPLAY", "HOSTNAME", "KRB5CCNAME", "LS_COLORS", "PS1", "PS2", "XAUTHORITY", "XAUTHORIZATION", "XDG_CURRENT_DESKTOP",
    };

    // What is kept if its value cannot lead to a file or a format: env_check.
    private static readonly HashSet<string> Checked = new(StringComparer.Ordinal)
    {
        "COLORTERM", "LANG", "LANGUAGE", "LINGUAS", "TERM", "TZ",
    };

    // What is dropped even when all variables are preserved, since programs load code or files by it: env_delete.
    private static readonly HashSet<string> Dropped = new(StringComparer.Ordinal)
    {
        "IFS", "CDPATH", "LOCALDOMAIN", "RES_OPTIONS", "HOSTALIASES", "NLSPATH", "PATH_LOCALE", "TERMINFO", "TERMINFO_DIRS", "TERMPATH",
        "TERMCAP", "ENV", "BASH_ENV", "PS4", "GLOBIGNORE", "BASHOPTS", "SHELLOPTS", "JAVA_TOOL_OPTIONS", "PERLIO_DEBUG", "PERLLIB",
        "PERL5LIB", "PERL5OPT", "PERL5DB", "FPATH", "NULLCMD", "READNULLCMD", "ZDOTDIR", "TMPPREFIX", "PYTHONHOME", "PYTHONPATH",
        "PYTHONINSPECT", "PYTHONUSERBASE", "RUBYLIB", "RUBYOPT",
    };

    private static readonly string[] DroppedPrefixes = ["LD_", "_RLD", "BASH_FUNC_"];

    /// <summary>Builds the variables.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="target">The user of the command.</param>
    /// <param name="searchPath">The <c>PATH</c> of commands.</param>
    /// <param name="commandText">The command with its arguments.</param>
    internal static Dictionary<string, string> Build(
        SudoRequest request, SudoCaller caller, UserAccount target, string searchPath, string commandText)
    {
        var all = Split(request.Variables);
        var keepsAll = request.PreservesVariables;
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in all)
        {
            var isKept = request.PreservedNames.Contains(name) || (keepsAll ? !IsDropped(name, value) : IsKept(name, value));
            if (isKept) variables[name] = value;
        }

        if (request.SetsHome) variables["HOME"] = target.Home;
        SetUnlessKept("HOME", target.Home, keepsAll);
        SetUnlessKept("SHELL", target.Shell.Length > 0 ? target.Shell : SudoStart.DefaultShell, keepsAll);
        SetUnlessKept("TERM", "unknown", isKept: true);
        SetUnlessKept("LOGNAME", target.Name, isKept: false);
        SetUnlessKept("USER", target.Name, isKept: false);
        variables["PATH"] = searchPath;
        variables["SUDO_COMMAND"] = commandText.Length > MaxCommandText ? commandText[..MaxCommandText] : commandText;
        variables["SUDO_USER"] = caller.Name;
        variables["SUDO_UID"] = caller.UserId.ToString(CultureInfo.InvariantCulture);
        variables["SUDO_GID"] = caller.GroupId.ToString(CultureInfo.InvariantCulture);
        foreach (var (name, value) in Split(request.Assignments)) variables[name] = value;
        return variables;

        void SetUnlessKept(string name, string value, bool isKept)
        {
            if (!variables.ContainsKey(name) || !(isKept || request.PreservedNames.Contains(name))) variables[name] = value;
        }
    }

    private static bool IsKept(string name, string value) =>
        !IsFunction(value) && (Kept.Contains(name) || (IsChecked(name) && IsSafe(name, value)));

    private static bool IsDropped(string name, string value) =>
        IsFunction(value) || Dropped.Contains(name) || (IsChecked(name) && !IsSafe(name, value))
        || DroppedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    private static bool IsChecked(string name) => Checked.Contains(name) || name.StartsWith("LC_", StringComparison.Ordinal);

    private static bool IsSafe(string name, string value) => name == "TZ"
        ? !value.Contains("..", StringComparison.Ordinal) && !value.Any(character => character is < '!' or > '~')
            && (!value.TrimStart(':').StartsWith('/') || value.TrimStart(':').StartsWith(ZoneDirectory, StringComparison.Ordinal))
        : !value.Contains('/') && !value.Contains('%');

    // Of a shell that exports them.
    private static bool IsFunction(string value) => value.StartsWith("()", StringComparison.Ordinal);

    // Later ones win.
    private static IEnumerable<(string Name, string Value)> Split(IEnumerable<string> variables)
    {
        foreach (var variable in variables)
        {
            var end = variable.IndexOf('=', StringComparison.Ordinal);
            if (end > 0) yield return (variable[..end], variable[(end + 1)..]);
        }
    }
}
