using System.Buffers;
using System.Text;
using KernelGateway.Kernelspecs;
using KernelGateway.Processes;

namespace KernelGateway.Launching;

/// <summary>The command of one kernel, placeholders replaced and program found.</summary>
/// <param name="ProgramPath">The program's absolute path.</param>
/// <param name="Argv">The arguments, program first, as the process will see them.</param>
internal sealed record KernelCommand(string ProgramPath, IReadOnlyList<string> Argv)
{
    private static readonly SearchValues<char> PlaceholderCharacters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");

    /// <exception cref="KernelLaunchException">The program does not exist or may not be executed.</exception>
    internal static KernelCommand Build(
        LaunchOptions options,
        KernelSpec spec,
        IReadOnlyDictionary<string, string> environment,
        string workingDirectory,
        string kernelId,
        string connectionFilePath)
    {
        var home = environment.GetValueOrDefault("HOME");
        var searchPath = environment.GetValueOrDefault("PATH");
        var program = ExpandHome(spec.Argv[0], home);
        var isPython = IsPython(program);
        if (isPython && options.PythonInterpreter is { } interpreter) program = ExpandHome(interpreter, home);

        string? Value(string name) => name switch
        {
            "connection_file" => connectionFilePath,
            "resource_dir" => spec.ResourceDirectory,
            "kernel_id" => kernelId,
            "prefix" => FindPrefix(options, searchPath, workingDirectory),
            _ => null,
        };

        var argv = new List<string> { Replace(program, Value) };
        argv.AddRange(spec.Argv.Skip(1).Select(argument => Replace(ExpandHome(argument, home), Value)));
        var path = Locate(spec, argv[0], searchPath, workingDirectory);
        // Python finds its standard library by argv[0]; with the path that was found it cannot find another one.
        if (isPython) argv[0] = path;
        return new KernelCommand(path, argv);
    }

    private static string Locate(KernelSpec spec, string program, string? searchPath, string workingDirectory)
    {
        var path = ProgramLocator.Find(program, searchPath, workingDirectory, out var isExecutable);
        if (path is null)
        {
            var where = program.Contains('/') ? "" : $" on the PATH '{searchPath}'";
            throw new KernelLaunchException(
                LaunchFailureReason.ProgramNotFound,
                spec.Name,
                $"The program '{program}' of the kernelspec '{spec.Name}' ({spec.ResourceDirectory}) does not exist{where}.");
        }

        if (isExecutable) return path;
        throw new KernelLaunchException(
            LaunchFailureReason.ProgramNotExecutable,
            spec.Name,
            $"The file '{path}', the program of the kernelspec '{spec.Name}' ({spec.ResourceDirectory}), may not be executed.");
    }

    // {name}, of letters, digits and underscores. Unknown placeholders stay, because a brace in an argument can have another
    // meaning.
    private static string Replace(string argument, Func<string, string?> value)
    {
        var result = new StringBuilder(argument.Length);
        var rest = argument.AsSpan();
        while (rest.IndexOf('{') is var open and >= 0)
        {
            result.Append(rest[..open]);
            rest = rest[open..];
            var close = rest[1..].IndexOfAnyExcept(PlaceholderCharacters) + 1;
            var replacement = close > 1 && rest[close] == '}' ? value(rest[1..close].ToString()) : null;
            result.Append(replacement ?? "{");
            rest = rest[(replacement is null ? 1 : close + 1)..];
        }

        return result.Append(rest).ToString();
    }

    // python, python3, python3.11: names that Jupyter replaces by the interpreter in which it runs.
    private static bool IsPython(string program)
    {
        if (program is "python" or "python3") return true;
        return program.StartsWith("python3.", StringComparison.Ordinal)
            && program.Length > "python3.".Length
            && !program.AsSpan("python3.".Length).ContainsAnyExceptInRange('0', '9');
    }

    private static string ExpandHome(string argument, string? home) =>
        home is { Length: > 0 } && (argument == "~" || argument.StartsWith("~/", StringComparison.Ordinal)) ? home + argument[1..] : argument;

    // Jupyter means the prefix of the interpreter it runs in; the nearest thing here is the one Python kernels are run with.
    private static string? FindPrefix(LaunchOptions options, string? searchPath, string workingDirectory)
    {
        var interpreter = ProgramLocator.Find(options.PythonInterpreter ?? "python3", searchPath, workingDirectory, out _);
        return Path.GetDirectoryName(Path.GetDirectoryName(interpreter));
    }
}
