using KernelGateway.Kernelspecs;

namespace KernelGateway.Kernels;

/// <summary>
/// The differences between the behaviour of real kernels and their kernelspecs. Their needs at the launch are in
/// <see cref="Launching.LaunchQuirks"/>; no other code knows kernels by name.
/// </summary>
internal sealed record KernelQuirks
{
    /// <summary>Gets the interrupt that works, as observed.</summary>
    public required InterruptStrategy Interrupt { get; init; }

    /// <summary>Gets a value indicating whether failed and interrupted code is answered with <c>ok</c>.</summary>
    public bool ReportsErrorsAsOk { get; init; }

    /// <summary>Gets a value indicating whether output of an execution may be published after its idle status.</summary>
    public bool PublishesBehindIdle { get; init; }

    /// <summary>Gets code that is run silently before the kernel counts as ready; null for none.</summary>
    public string? Preparation { get; init; }

    /// <summary>Gets a value indicating whether an interrupt takes effect only when the next message wakes the kernel's event loop.</summary>
    public bool WakesByMessage { get; init; }

    /// <summary>
    /// Gets a value indicating whether it is known to answer a request on shell only after the code before it, and never while
    /// that code runs.
    /// </summary>
    public bool AnswersInOrder { get; init; }

    /// <summary>Gets how long it aborts requests after code has failed.</summary>
    public TimeSpan AbortsAfterFailure { get; init; }

    /// <summary>
    /// Gets how long a request on the control channel may take before an interrupt is sent; zero for no request. It is for
    /// kernels that answer it while the code waits for something, and that must not be interrupted before.
    /// </summary>
    public TimeSpan InterruptibleWithin { get; init; }

    /// <summary>
    /// Gets code that is run after an interrupt, so that the interrupt does not affect later code; null for kernels without this
    /// fault.
    /// </summary>
    public string? InterruptRecovery { get; init; }

    /// <summary>Recognizes a kernel by the program in its argv; for an unknown one the kernelspec decides.</summary>
    public static KernelQuirks For(KernelSpec? spec)
    {
        // The gateway has no process of an attached kernel to signal.
        if (spec is null) return new() { Interrupt = InterruptStrategy.Message };

        var declared = spec.InterruptMode == KernelInterruptMode.Message ? InterruptStrategy.Message : InterruptStrategy.Signal;

        // xeus-python 0.14: SIGINT ends the process, interrupt_request is answered and does nothing.
        if (spec.Starts("xpython")) return new() { Interrupt = InterruptStrategy.Restart };

        // Deno 2.9: SIGINT ends the process; interrupt_request stops synchronous code. The result and the streams pass through tasks of
        // their own and may be published after the idle status.
        if (spec.Starts("deno"))
        {
            return new()
            {
                Interrupt = InterruptStrategy.Message,
                PublishesBehindIdle = true,
            };
        }

        // tslab 1.0.22 empties its queue for 200 ms after an error and aborts requests in this time. Synchronous code runs in
        // Node's vm
        // with breakOnSigint, around which Node exchanges its handlers of SIGINT: A signal that arrives just when such code has
        // ended has one of two effects. It ends the process. Or it stays in the semaphore of the thread that watches the vm, and
        // fails the first later cell that gives this thread time to check it.
        if (spec.Starts("tslab"))
        {
            return new()
            {
                Interrupt = declared,
                AbortsAfterFailure = TimeSpan.FromMilliseconds(250),
                InterruptibleWithin = TimeSpan.FromMilliseconds(500),
                InterruptRecovery = "void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)",
            };
        }

        // octave_kernel 0.32: errors are stdout and the reply is ok, also after an interrupt. An interrupt at the end of code makes Octave
        // write one prompt more than the kernel reads; from then on it takes each prompt for the end of the next code, and the
        // output of that code is lost. Reading up to a line that Octave was asked to print synchronizes them; a line that was
        // sent while
        // Octave handled the interrupt may be dropped by its terminal.
        if (spec.Starts("octave_kernel"))
        {
            return new()
            {
                Interrupt = declared,
                ReportsErrorsAsOk = true,
                InterruptRecovery =
                    """
                    %%python
                    def _kernelgateway_recover():
                        repl = __builtins__['kernel'].octave_engine.repl
                        timeout = __import__('metakernel').pexpect.TIMEOUT
                        for attempt in range(10):
                            repl.sendline(f'printf("kernelgateway %d\\n", {attempt});')
                            if repl.child.expect([timeout, f'kernelgateway {attempt}\r?\n'], timeout=1):
                                return repl.child.expect(repl.prompt_regex)
                        raise TimeoutError('Octave does not answer.')
                    _kernelgateway_recover()
                    del _kernelgateway_recover
                    """,
            };
        }

        // Macaulay2 0.6.7: the wrapper goes idle without a reply while the interpreter computes on and spoils the next cells. It
        // also gives up waiting for its interpreter after 4 seconds, a slow start among them, with the same consequence, unless it is
        // given more time.
        if (spec.Starts("m2_kernel"))
        {
            return new()
            {
                Interrupt = InterruptStrategy.Restart,
                ReportsErrorsAsOk = true,
                Preparation = "--%timeout = 31536000",
            };
        }

        // ipykernel: its handler of SIGINT cancels a cell that awaits with a callback, for which nothing wakes the event loop.
        if (spec.Starts("ipykernel")) return new() { Interrupt = declared, WakesByMessage = true, AnswersInOrder = true };

        return new() { Interrupt = declared };
    }
}
