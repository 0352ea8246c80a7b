using KernelGateway.Kernelspecs;
using KernelGateway.Launching;

namespace KernelGateway.Kernels;

/// <summary>Where real kernels differ from what their kernelspecs say: the one place that knows kernels by name.</summary>
internal sealed record KernelQuirks
{
    private const string HistoryTrait = "HistoryManager.";
    private const string OctaveHistory = "OCTAVE_HISTFILE";

    private static readonly Dictionary<string, string> NoVariables = [];

    /// <summary>Gets the interrupt that works, as observed.</summary>
    public required InterruptStrategy Interrupt { get; init; }

    /// <summary>Gets a value indicating whether failed and interrupted code is answered with <c>ok</c>.</summary>
    public bool ReportsErrorsAsOk { get; init; }

    /// <summary>Gets a value indicating whether output of an execution may be published behind its idle status.</summary>
    public bool PublishesBehindIdle { get; init; }

    /// <summary>Gets a value indicating whether it can listen on Unix sockets.</summary>
    public bool SupportsIpc { get; init; } = true;

    /// <summary>Gets the variables it is started with, unless the kernelspec or the caller has others.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = NoVariables;

    /// <summary>Gets variables that name a file of this content, unless the kernelspec, the caller or the gateway's environment has others.</summary>
    public IReadOnlyDictionary<string, string> FileVariables { get; init; } = NoVariables;

    /// <summary>Gets code that is run silently before the kernel counts as ready; null for none.</summary>
    public string? Preparation { get; init; }

    /// <summary>Gets arguments that keep its history out of the file that all kernels of the user share; none when it has no such file.</summary>
    public IReadOnlyList<string> HistoryArguments { get; init; } = [];

    /// <summary>Gets a value indicating whether an interrupt takes effect only when the next message wakes the kernel's event loop.</summary>
    public bool WakesByMessage { get; init; }

    /// <summary>Gets a value indicating whether it is known to answer what it is asked on shell behind the code before it, never beside it.</summary>
    public bool AnswersInOrder { get; init; }

    /// <summary>Gets how long it aborts what it is sent after code that failed.</summary>
    public TimeSpan AbortsAfterFailure { get; init; }

    /// <summary>
    /// Gets how long a question on the control channel may take before an interrupt is sent, for kernels that answer it while the code
    /// waits for something and must not be interrupted on the way there; zero for others.
    /// </summary>
    public TimeSpan InterruptibleWithin { get; init; }

    /// <summary>Gets code that does nothing, for kernels that keep an interrupt they missed for the code to come; null for others.</summary>
    public string? SpendsInterrupt { get; init; }

    /// <summary>Looks a kernel up by what its argv starts, else goes by its kernelspec.</summary>
    public static KernelQuirks For(KernelSpec? spec)
    {
        // An attached kernel has no process of ours to signal.
        if (spec is null) return new() { Interrupt = InterruptStrategy.Message };

        var declared = spec.InterruptMode == KernelInterruptMode.Message ? InterruptStrategy.Message : InterruptStrategy.Signal;

        // xeus-python 0.14: SIGINT ends the process, interrupt_request is answered and does nothing; asked for ipc it aborts.
        if (Starts(spec, "xpython")) return new() { Interrupt = InterruptStrategy.Restart, SupportsIpc = false };

        // Deno 2.9: SIGINT ends the process; interrupt_request stops synchronous code. The result and the streams pass through tasks of
        // their own and may be published behind the idle status. Values are shown in colours unless NO_COLOR is set. It exits when asked
        // for ipc.
        if (Starts(spec, "deno"))
        {
            return new()
            {
                Interrupt = InterruptStrategy.Message,
                PublishesBehindIdle = true,
                SupportsIpc = false,
                Environment = new Dictionary<string, string> { ["NO_COLOR"] = "1" },
            };
        }

        // tslab 1.0.22 empties its queue for 200 ms after an error and aborts what comes meanwhile. It joins a Unix socket's path and
        // number with a colon and listens where nobody looks. Synchronous code runs in Node's vm with breakOnSigint, around which Node
        // exchanges its handlers of SIGINT: one that comes just when such code is through ends the process, or has no effect, stays in
        // the semaphore of the thread that watches over the vm, and fails the first later cell that gives that thread the time to look.
        if (Starts(spec, "tslab"))
        {
            return new()
            {
                Interrupt = declared,
                AbortsAfterFailure = TimeSpan.FromMilliseconds(250),
                InterruptibleWithin = TimeSpan.FromMilliseconds(500),
                SpendsInterrupt = "void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)",
                SupportsIpc = false,
            };
        }

        // IRkernel 1.3: the packages crayon and cli colour what they print, because the kernel tells them that it can show colours.
        if (spec.Argv.Any(argument => argument.StartsWith("IRkernel::", StringComparison.Ordinal)))
        {
            return new()
            {
                Interrupt = declared,
                Environment = new Dictionary<string, string> { ["NO_COLOR"] = "1", ["R_CLI_NUM_COLORS"] = "1" },
            };
        }

        // octave_kernel 0.32: errors are stdout and the reply is ok, also after an interrupt. It reads Octave's terminal, whose readline
        // writes the escape sequences of bracketed paste into every output unless the terminal is a dumb one, and stops for half a
        // second at each closing bracket, to show where it was opened. Octave leaves a file octave-workspace in the working directory
        // when its terminal goes. Its history is one file for all of a user's; here each kernel has one of its own.
        if (Starts(spec, "octave_kernel"))
        {
            return new()
            {
                Interrupt = declared,
                ReportsErrorsAsOk = true,
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

        // Macaulay2 0.6.7: the wrapper goes idle without a reply while the interpreter computes on and spoils the next cells. It
        // also gives up waiting for its interpreter after 4 seconds, a slow start among them, with the same consequence, unless it is
        // given more time. Its terminal is like Octave's.
        if (Starts(spec, "m2_kernel"))
        {
            return new()
            {
                Interrupt = InterruptStrategy.Restart,
                ReportsErrorsAsOk = true,
                Environment = DumbTerminal(),
                Preparation = "--%timeout = 31536000",
            };
        }

        // ipykernel: IPython's history is one file for all kernels of a user, and locked by each of them at times.
        // Its handler of SIGINT cancels a cell that awaits by a callback that nothing wakes the event loop for.
        if (Starts(spec, "ipykernel"))
        {
            return new()
            {
                Interrupt = declared,
                Environment = QuietDebugger(),
                HistoryArguments = spec.Argv.Any(argument => argument.Contains(HistoryTrait, StringComparison.Ordinal))
                    ? []
                    : [$"--{HistoryTrait}hist_file=:memory:"],
                WakesByMessage = true,
                AnswersInOrder = true,
            };
        }

        return new() { Interrupt = declared };
    }

    /// <summary>Gives the launch as this kernel needs it.</summary>
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

    private static bool Starts(KernelSpec spec, string program) =>
        spec.Argv.Take(4).Any(argument => Path.GetFileNameWithoutExtension(argument).StartsWith(program, StringComparison.OrdinalIgnoreCase));
}
