using System.Text;
using KernelGateway.Processes;
using KernelGateway.Processes.Users;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Users;

namespace KernelGateway.SandboxServices.Sudo;

/// <summary>Who asks: the user of the process at the other end of the socket.</summary>
/// <param name="Name">The login name; the id where it has none.</param>
/// <param name="UserId">The user id.</param>
/// <param name="GroupId">The id of the primary group.</param>
internal sealed record SudoCaller(string Name, uint UserId, uint GroupId);

/// <summary>Finds out what a request starts.</summary>
internal static class SudoStart
{
    internal const string DefaultShell = "/bin/sh";

    /// <summary>Finds the program and its variables.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="serviceUser">The user of the service, which is root.</param>
    /// <param name="searchPath">The <c>PATH</c> of commands.</param>
    /// <exception cref="SudoRefusedException">There is no such program, directory or user.</exception>
    /// <exception cref="SandboxProcessException">The service cannot start processes of the user.</exception>
    internal static ProgramStart Create(SudoRequest request, SudoCaller caller, SandboxUser serviceUser, string searchPath)
    {
        var (account, user) = FindUser(request.User);
        var isLogin = request.Action == SudoAction.LoginShell;
        var directory = isLogin && Directory.Exists(user.Home) ? user.Home : request.Directory;
        if (!Directory.Exists(directory)) throw new SudoRefusedException($"the working directory '{directory}' does not exist");
        IReadOnlyList<string> words = request.Action switch
        {
            SudoAction.LoginShell => [ShellOf(account), "-l", .. ListShellArguments(request.Command)],
            SudoAction.Shell => [FindShell(request, caller), .. ListShellArguments(request.Command)],
            _ => request.Command,
        };
        var program = Find(words[0], searchPath, directory);
        var variables = SudoEnvironment.Build(request, caller, account, searchPath, Join(program, words));
        var userSwitch = user.UserId == serviceUser.UserId ? null : ProcessPlan.FindSwitch(user, serviceUser);
        return new ProgramStart(program, words, variables, directory, user, userSwitch)
        {
            Label = "sudo",
            EntersAsUser = false,
        };
    }

    /// <summary>Returns what may be run, or where a command is.</summary>
    /// <exception cref="SudoRefusedException">There is no such command or user.</exception>
    internal static string List(SudoRequest request, SudoCaller caller, string searchPath)
    {
        FindUser(request.User);
        return request.Command.Count == 0
            ? $"User {caller.Name} may run the following commands in this sandbox:\n    (ALL) NOPASSWD: ALL\n"
            : $"{Join(Find(request.Command[0], searchPath, request.Directory), request.Command)}\n";
    }

    /// <summary>Quotes the words of a command for the shell, as sudo does: variables stay variables.</summary>
    internal static string Quote(IEnumerable<string> words)
    {
        var text = new StringBuilder();
        foreach (var word in words)
        {
            if (text.Length > 0) text.Append(' ');
            foreach (var character in word)
            {
                if (!char.IsAsciiLetterOrDigit(character) && character is not ('_' or '-' or '$') && character < 0x80) text.Append('\\');
                text.Append(character);
            }
        }

        return text.ToString();
    }

    private static (UserAccount Account, SandboxUser User) FindUser(string text)
    {
        var name = text.StartsWith('#') ? text[1..] : text;
        return UserAccount.Find(name) is { } account && SandboxUser.Find(name) is { } user
            ? (account, user)
            : throw new SudoRefusedException($"unknown user {text}");
    }

    private static string ShellOf(UserAccount account) => account.Shell.Length > 0 ? account.Shell : DefaultShell;

    private static string FindShell(SudoRequest request, SudoCaller caller)
    {
        const string Name = "SHELL=";
        var ofVariable = request.Variables.FirstOrDefault(variable => variable.StartsWith(Name, StringComparison.Ordinal))?[Name.Length..];
        if (!string.IsNullOrEmpty(ofVariable)) return ofVariable;
        return UserAccount.Find(caller.Name) is { } account ? ShellOf(account) : DefaultShell;
    }

    private static string[] ListShellArguments(IReadOnlyList<string> command) => command.Count == 0 ? [] : ["-c", Quote(command)];

    private static string Find(string command, string searchPath, string directory) =>
        command.Length > 0 && ProgramLocator.Find(command, searchPath, directory, out var isExecutable) is { } program
            ? isExecutable ? program : throw new SudoRefusedException($"{program}: it may not be executed")
            : throw new SudoRefusedException($"{command}: command not found");

    private static string Join(string program, IReadOnlyList<string> words) => string.Join(' ', words.Skip(1).Prepend(program));
}
