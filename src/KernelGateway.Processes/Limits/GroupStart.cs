using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Users;

namespace KernelGateway.Processes.Limits;

/// <summary>Starts programs inside a control group.</summary>
/// <remarks>
/// posix_spawn cannot put a child into a group, and a program that is moved after its start may have started others before. So a
/// shell is started, which joins the group and then executes the program in the same process.
/// </remarks>
internal static class GroupStart
{
    private const string Shell = "/bin/sh";
    private const string VariableSetter = "/usr/bin/env";

    /// <summary>
    /// A shell script that joins the groups whose files come before "--", "0" standing for the process that writes it, and becomes the
    /// program behind it.
    /// </summary>
    // Only positional parameters: a variable of the shell could be one of the program. The shell exports what it sets itself.
    internal const string Script =
        "while [ \"$1\" != -- ]; do echo 0 > \"$1\" || exit 125; shift; done; shift; unset PWD OLDPWD SHLVL; exec \"$@\"";

    /// <summary>Returns the command that joins a group and then becomes a program.</summary>
    /// <param name="command">The program.</param>
    /// <param name="group">The group.</param>
    /// <param name="label">How the shell calls itself in its messages.</param>
    /// <exception cref="IOException">The program cannot get its variables.</exception>
    internal static StartCommand Wrap(StartCommand command, ControlGroup group, string label)
    {
        var kept = command.Environment.Where(variable => IsKept(variable.Key)).ToDictionary();
        var others = command.Environment.Where(variable => !IsKept(variable.Key))
            .Select(variable => $"{variable.Key}={variable.Value}").ToArray();
        List<string> program = [command.ProgramPath, .. command.Argv.Skip(1)];
        if (others.Length > 0)
        {
            // These show in the command line of "env" until it executes the program; the others never do.
            if (command.ProgramPath.Contains('='))
            {
                var name = others[0].Split('=')[0];
                throw new IOException($"The program '{command.ProgramPath}' has a '=' in its path and cannot get the variable '{name}'.");
            }

            program.InsertRange(0, [VariableSetter, .. others]);
        }

        return new StartCommand(Shell, ["sh", "-c", Script, label, .. group.MemberFiles, "--", .. program], kept);
    }

    // Whether the shell passes a variable on as it is. It never takes over IFS, which decides how it splits words.
    private static bool IsKept(string name) =>
        UserSwitch.IsIdentifier(name) && !UserSwitch.IsShellVariable(name) && name is not ("PWD" or "OLDPWD" or "IFS");
}
