using KernelGateway.Kernelspecs;

namespace KernelGateway.Kernels;

/// <summary>Where real kernels differ from what their kernelspecs say: the one place that knows kernels by name.</summary>
/// <param name="Interrupt">The interrupt that works, as observed.</param>
/// <param name="ReportsErrorsAsOk">Failed and interrupted code is answered with <c>ok</c>.</param>
internal sealed record KernelQuirks(InterruptStrategy Interrupt, bool ReportsErrorsAsOk)
{
    /// <summary>Looks a kernel up by what its argv starts, else goes by its kernelspec.</summary>
    public static KernelQuirks For(KernelSpec? spec)
    {
        // An attached kernel has no process of ours to signal.
        if (spec is null) return new(InterruptStrategy.Message, ReportsErrorsAsOk: false);

        var declared = spec.InterruptMode == KernelInterruptMode.Message ? InterruptStrategy.Message : InterruptStrategy.Signal;

        // xeus-python 0.14: SIGINT ends the process, interrupt_request is answered and does nothing.
        if (Starts(spec, "xpython")) return new(InterruptStrategy.Restart, ReportsErrorsAsOk: false);

        // Deno 2.9: SIGINT ends the process; interrupt_request stops synchronous code.
        if (Starts(spec, "deno")) return new(InterruptStrategy.Message, ReportsErrorsAsOk: false);

        // octave_kernel 0.32: errors are stdout and the reply is ok, also after an interrupt.
        if (Starts(spec, "octave_kernel")) return new(declared, ReportsErrorsAsOk: true);

        // Macaulay2 0.6.7: the wrapper goes idle without a reply while the interpreter computes on and spoils the next cells.
        if (Starts(spec, "m2_kernel")) return new(InterruptStrategy.Restart, ReportsErrorsAsOk: true);

        return new(declared, ReportsErrorsAsOk: false);
    }

    private static bool Starts(KernelSpec spec, string program) =>
        spec.Argv.Take(4).Any(argument => Path.GetFileNameWithoutExtension(argument).StartsWith(program, StringComparison.OrdinalIgnoreCase));
}
