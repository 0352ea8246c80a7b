using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Kernels;

/// <summary>The output of code after an interrupt that Octave answers with an additional prompt, which octave_kernel may take for output.</summary>
[RequiresKernel]
[Category("EveryVariant")]
public sealed class OctaveInterruptTests
{
    // An interrupt at the end of code leaves an unread prompt. The moment cannot be hit reliably, so the test writes the prompt itself.
    private const string WriteExtraPrompt = "%%python\nkernel.octave_engine.repl.sendline('')";

    [Test]
    [CancelAfter(120_000)]
    public async Task Code_behind_an_interrupt_keeps_its_output(CancellationToken cancellationToken)
    {
        await using var octave = await StartAsync(cancellationToken);
        await octave.Context.RunAsync(WriteExtraPrompt, cancellationToken: cancellationToken);

        await octave.Context.Kernel.InterruptAsync(cancellationToken);

        (await OutputAsync(octave, "printf('one\\n')", cancellationToken)).Should().Be("one\n");
        (await OutputAsync(octave, "printf('two\\n')", cancellationToken)).Should().Be("two\n");
    }

    private static async Task<string> OutputAsync(PythonGateway octave, string code, CancellationToken cancellationToken) =>
        string.Concat((await octave.Context.RunAsync(code, cancellationToken: cancellationToken)).Logs.Stdout).ReplaceLineEndings("\n");

    // Octave's kernelspec starts any Python on the PATH. The kernel is installed for the system's Python.
    private static Task<PythonGateway> StartAsync(CancellationToken cancellationToken) => PythonGateway.StartAsync(
        cancellationToken,
        options => options.Launching.PythonInterpreter = "/usr/bin/python3",
        new CreateContextOptions { KernelSpecName = "octave" });
}
