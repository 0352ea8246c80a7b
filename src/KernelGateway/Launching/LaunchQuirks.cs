using KernelGateway.Kernelspecs;

namespace KernelGateway.Launching;

/// <summary>
/// The needs of real kernels at their launch that their kernelspecs do not state. Their behaviour while they run is in
/// <c>KernelQuirks</c>, which recognizes kernels in the same way.
/// </summary>
internal sealed record LaunchQuirks
{
    private const string HistoryTrait = "HistoryManager.";
    private const string OctaveHistory = "OCTAVE_HISTFILE";

    private static readonly Dictionary<string, string> NoVariables = [];

    /// <summary>Gets a value indicating whether it can listen on Unix sockets.</summary>
    public bool SupportsIpc { get; init; } = true;

    /// <summary>Gets the variables it is started with, unless the kernelspec or the caller has others.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = NoVariables;

    /// <summary>Gets variables that name a file of this content, unless the kernelspec, the caller or the gateway's environment has others.</summary>
    public IReadOnlyDictionary<string, string> FileVariables { get; init; } = NoVariables;

    /// <summary>Gets arguments that keep its history out of the user's shared file; empty when it has no such file.</summary>
    public IReadOnlyList<string> HistoryArguments { get; init; } = [];

    /// <summary>Recognizes a kernel by the program in its argv; an unknown one is launched as its kernelspec says.</summary>
    public static LaunchQuirks For(KernelSpec spec)
    {
        // xeus-python 0.14 aborts when it is asked for ipc.
        if (spec.Starts("xpython")) return new() { SupportsIpc = false };

        // Deno 2.9 shows values in colors unless NO_COLOR is set, and exits when it is asked for ipc.
        if (spec.Starts("deno"))
        {
            return new() { SupportsIpc = false, Environment = new Dictionary<string, string> { ["NO_COLOR"] = "1" } };
        }

        // tslab 1.0.22 joins a Unix socket's path and number with a colon and listens at the wrong path.
        if (spec.Starts("tslab")) return new() { SupportsIpc = false };

        // IRkernel 1.3: the packages crayon and cli print colors, because the kernel reports that it can show colors.
        if (spec.Argv.Any(argument => argument.StartsWith("IRkernel::", StringComparison.Ordinal)))
        {
            return new() { Environment = new Dictionary<string, string> { ["NO_COLOR"] = "1", ["R_CLI_NUM_COLORS"] = "1" } };
        }

        // octave_kernel 0.32 reads Octave's terminal, whose readline writes the escape sequences of bracketed paste into every output
        // unless the terminal is "dumb", and waits half a second at each closing bracket, to show where it was opened. Octave
        // writes a file octave-workspace into the working directory when its terminal closes. By default all Octave kernels of a
        // user share one history file; here each kernel has its own.
        if (spec.Starts("octave_kernel"))
        {
            return new()
            {
                Environment = DumbTerminal(),
                FileVariables = new Dictionary<string, string>
                {
                    [OctaveHistory] = "",
                    ["INPUTRC"] = "set blink-matching-paren off\n",
                    ["OCTAVE_SITE_INITFILE"] =
                        """
                        sighup_dumps_octave_core (false);
                        sigterm_dumps_octave_core (false);
                        if (exist (fullfile (__octave_config_info__ ("localstartupfiledir"), "octaverc"), "file"))
                          source (fullfile (__octave_config_info__ ("localstartupfiledir"), "octaverc"));
                        endif

                        """,
                },
            };
        }

        // Macaulay2 0.6.7: its terminal is like Octave's.
        if (spec.Starts("m2_kernel")) return new() { Environment = DumbTerminal() };

        // ipykernel: IPython's history is one file for all kernels of a user, and locked by each of them at times.
        if (spec.Starts("ipykernel"))
        {
            return new()
            {
                Environment = QuietDebugger(),
                HistoryArguments = spec.Argv.Any(argument => argument.Contains(HistoryTrait, StringComparison.Ordinal))
                    ? []
                    : [$"--{HistoryTrait}hist_file=:memory:"],
            };
        }

        return new();
    }

    /// <summary>Returns the launch as this kernel needs it.</summary>
    /// <param name="launch">The launch as it was asked for.</param>
    /// <param name="sharesHistory">Whether the kernel uses the history file of the user.</param>
    public KernelLaunch Prepare(KernelLaunch launch, bool sharesHistory = false)
    {
        if (!sharesHistory && HistoryArguments.Count > 0)
        {
            launch = launch with { Spec = launch.Spec with { Argv = [.. launch.Spec.Argv, .. HistoryArguments] } };
        }

        var environment = new Dictionary<string, string>(launch.Environment);
        foreach (var (name, value) in Environment)
        {
            if (!launch.Spec.Environment.ContainsKey(name)) environment.TryAdd(name, value);
        }

        var files = FileVariables.Where(variable => !launch.Spec.Environment.ContainsKey(variable.Key) && !environment.ContainsKey(variable.Key)
            && !(sharesHistory && variable.Key == OctaveHistory));
        return launch with { Environment = environment, FileVariables = files.ToDictionary() };
    }

    // Octave's and Macaulay2's kernels are made of ipykernel, and run a bash that would write to the history file of the user.
    private static Dictionary<string, string> DumbTerminal() => new(QuietDebugger()) { ["TERM"] = "dumb", ["HISTFILE"] = "" };

    // Without it the debugger writes at each start that it may miss breakpoints in frozen modules.
    private static Dictionary<string, string> QuietDebugger() => new() { ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1" };
}
