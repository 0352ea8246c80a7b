using System.Text.RegularExpressions;
using KernelGateway.Kernelspecs;

namespace KernelGateway.Launching;

/// <summary>The command of one kernel, placeholders replaced and program found.</summary>
/// <param name="ProgramPath">The program's absolute path.</param>
/// <param name="Argv">The arguments, program first, as the process will see them.</param>
internal sealed partial record KernelCommand(string ProgramPath, IReadOnlyList<string> Argv)
{
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
        var isPython = PythonName().IsMatch(program);
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

    // Unknown placeholders stay: a brace in an argument need not be ours.
    private static string Replace(string argument, Func<string, string?> value) =>
        Placeholder().Replace(argument, match => value(match.Groups[1].Value) ?? match.Value);

    private static string ExpandHome(string argument, string? home) =>
        home is { Length: > 0 } && (argument == "~" || argument.StartsWith("~/", StringComparison.Ordinal)) ? home + argument[1..] : argument;

    // Jupyter means the prefix of the interpreter it runs in; the nearest thing here is the one Python kernels are run with.
    private static string? FindPrefix(LaunchOptions options, string? searchPath, string workingDirectory)
    {
        var interpreter = ProgramLocator.Find(options.PythonInterpreter ?? "python3", searchPath, workingDirectory, out _);
        return Path.GetDirectoryName(Path.GetDirectoryName(interpreter));
    }

    [GeneratedRegex(@"\{([A-Za-z0-9_]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^python(3(\.[0-9]+)?)?$", RegexOptions.CultureInvariant)]
    private static partial Regex PythonName();
}
