namespace KernelGateway.SandboxServices.Sudo;

/// <summary>What a command line of sudo asks for.</summary>
internal enum SudoAction
{
    /// <summary>Run a command.</summary>
    Run,

    /// <summary>Run a shell, or a command in it (-s).</summary>
    Shell,

    /// <summary>Run the login shell of the user, or a command in it (-i).</summary>
    LoginShell,

    /// <summary>List what may be run, or find a command (-l).</summary>
    List,

    /// <summary>Find out whether sudo may be used (-v).</summary>
    Validate,

    /// <summary>Forget a password (-k, -K alone): there is none.</summary>
    Forget,

    /// <summary>Print the version (-V).</summary>
    ShowVersion,

    /// <summary>Print the usage (-h).</summary>
    ShowHelp,
}

/// <summary>A command line of sudo, as sudo(8) describes it.</summary>
/// <remarks>
/// Options end at the first word that is neither an option nor a variable. Options about passwords are accepted and have no
/// effect, since none is asked for.
/// </remarks>
internal sealed record SudoCommandLine
{
    internal const string Usage = """
        usage: sudo [-EHn] [-u user] [VAR=value] [-i | -s] [command [arg ...]]
               sudo -l [-u user] [command]
               sudo -v | -k | -V | -h

        Runs a command as root, or as another user, of this sandbox. No password is asked for.

          -E, --preserve-env            keep the variables
              --preserve-env=LIST       keep the variables of these names
          -H, --set-home                set HOME to the home directory of the user
          -i, --login                   run the login shell of the user, or a command in it
          -l, --list                    list what may be run, or find a command
          -n, --non-interactive         accepted, as -A, -B, -k, -K, -N, -S and -p: there is no password
          -s, --shell                   run a shell, or a command in it
          -u, --user=USER               run as this user, a name or #UID
          -v, --validate                find out whether sudo may be used
          -V, --version                 print the version
          --                            end of the options

        """;

    // With an argument: u and p.
    private const string ShortOptions = "ABEHKNSVhiklnsupv";
    private const string WithArgument = "up";

    private static readonly Dictionary<string, char> LongOptions = new(StringComparer.Ordinal)
    {
        ["askpass"] = 'A',
        ["bell"] = 'B',
        ["help"] = 'h',
        ["list"] = 'l',
        ["login"] = 'i',
        ["no-update"] = 'N',
        ["non-interactive"] = 'n',
        ["preserve-env"] = 'E',
        ["prompt"] = 'p',
        ["remove-timestamp"] = 'K',
        ["reset-timestamp"] = 'k',
        ["set-home"] = 'H',
        ["shell"] = 's',
        ["stdin"] = 'S',
        ["user"] = 'u',
        ["validate"] = 'v',
        ["version"] = 'V',
    };

    internal SudoAction Action { get; private set; } = SudoAction.Run;

    /// <summary>Gets the user to become: a name, or an id after "#".</summary>
    internal string User { get; private set; } = "root";

    internal bool PreservesVariables { get; private set; }

    internal IReadOnlyList<string> PreservedNames { get; private set; } = [];

    internal bool SetsHome { get; private set; }

    /// <summary>Gets variables that are set, each as "NAME=value".</summary>
    internal IReadOnlyList<string> Assignments { get; private set; } = [];

    /// <summary>Gets the command and its arguments; empty for a shell.</summary>
    internal IReadOnlyList<string> Command { get; private set; } = [];

    /// <summary>Reads a command line.</summary>
    /// <exception cref="SudoRefusedException">It is not one.</exception>
    internal static SudoCommandLine Parse(IReadOnlyList<string> words)
    {
        var line = new SudoCommandLine();
        var chosen = new List<char>();
        var position = 0;
        var hasEnded = false;
        while (position < words.Count && !hasEnded)
        {
            var word = words[position];
            if (word == "--")
            {
                hasEnded = true;
                position++;
            }
            else if (word.StartsWith("--", StringComparison.Ordinal))
            {
                position++;
                line.ReadLongOption(word[2..], words, ref position, chosen);
            }
            else if (word.Length > 1 && word[0] == '-')
            {
                position++;
                line.ReadShortOptions(word[1..], words, ref position, chosen);
            }
            else if (IsAssignment(word))
            {
                line.Assignments = [.. line.Assignments, word];
                position++;
            }
            else
            {
                break;
            }
        }

        line.Command = [.. words.Skip(position)];
        line.Choose(chosen);
        return line;
    }

    // As sudo: a path that contains "=" is a command.
    private static bool IsAssignment(string word) => word.Length > 0 && word[0] is not ('/' or '=') && word.Contains('=');

    private void ReadShortOptions(string letters, IReadOnlyList<string> words, ref int position, List<char> chosen)
    {
        for (var i = 0; i < letters.Length; i++)
        {
            var option = letters[i];
            if (!ShortOptions.Contains(option)) throw Unknown($"-{option}");
            if (!WithArgument.Contains(option))
            {
                Apply(option, argument: null, chosen);
                continue;
            }

            var rest = letters[(i + 1)..];
            Apply(option, rest.Length > 0 ? rest : TakeArgument($"-{option}", words, ref position), chosen);
            return;
        }
    }

    private void ReadLongOption(string text, IReadOnlyList<string> words, ref int position, List<char> chosen)
    {
        var end = text.IndexOf('=', StringComparison.Ordinal);
        var name = end < 0 ? text : text[..end];
        var argument = end < 0 ? null : text[(end + 1)..];
        if (!LongOptions.TryGetValue(name, out var option)) throw Unknown($"--{name}");
        if (WithArgument.Contains(option)) argument ??= TakeArgument($"--{name}", words, ref position);
        else if (argument is not null && option != 'E') throw new SudoRefusedException($"the option '--{name}' has no argument");
        Apply(option, argument, chosen);
    }

    private void Apply(char option, string? argument, List<char> chosen)
    {
        switch (option)
        {
            case 'u' when argument!.Length == 0:
                throw new SudoRefusedException("the option '-u' needs the name of a user");
            case 'u':
                User = argument;
                break;
            case 'E' when argument is not null:
                PreservedNames = [.. PreservedNames, .. argument.Split(',', StringSplitOptions.RemoveEmptyEntries)];
                break;
            case 'E':
                PreservesVariables = true;
                break;
            case 'H':
                SetsHome = true;
                break;
            default:
                chosen.Add(option);
                break;
        }
    }

    private void Choose(List<char> chosen)
    {
        var isShell = chosen.Contains('s');
        var isLogin = chosen.Contains('i');
        if (isShell && isLogin) throw new SudoRefusedException("the options '-i' and '-s' cannot be used together");
        if (isLogin && PreservesVariables) throw new SudoRefusedException("the options '-i' and '-E' cannot be used together");
        var forgets = chosen.Contains('k') || chosen.Contains('K');
        Action = chosen.Contains('h') ? SudoAction.ShowHelp
            : chosen.Contains('V') ? SudoAction.ShowVersion
            : chosen.Contains('l') ? SudoAction.List
            : chosen.Contains('v') ? SudoAction.Validate
            : isLogin ? SudoAction.LoginShell
            : isShell ? SudoAction.Shell
            : forgets && Command.Count == 0 ? SudoAction.Forget
            : SudoAction.Run;
        if (Action == SudoAction.Validate && Command.Count > 0) throw new SudoRefusedException("the option '-v' has no command");
        if (Action == SudoAction.Run && Command.Count == 0) throw new SudoRefusedException($"a command is missing\n{Usage.TrimEnd('\n')}");
    }

    private static string TakeArgument(string option, IReadOnlyList<string> words, ref int position) =>
        position < words.Count ? words[position++] : throw new SudoRefusedException($"the option '{option}' needs an argument");

    private static SudoRefusedException Unknown(string option) => new(
        $"the option '{option}' is not supported in a sandbox. Supported are -E, --preserve-env=LIST, -H, -i, -l, -n, -s, -u USER, -v, -V, -h, "
        + "--, VAR=value, and without an effect -A, -B, -k, -K, -N, -S, -p PROMPT");
}

/// <summary>Something is not done. The message is the rest of a line that begins with "sudo: ".</summary>
internal sealed class SudoRefusedException(string message) : Exception(message);
