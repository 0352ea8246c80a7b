using System.Diagnostics;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching.Support;

/// <summary>
/// Keeps a process from exiting, even after SIGKILL, until this object is disposed: a tracer stops it at its exit, as an unavailable network file
/// system stops a process in a system call.
/// </summary>
internal sealed class HeldProcess : IAsyncDisposable
{
    // ptrace(2): without PTRACE_O_EXITKILL, a traced process continues when its tracer exits.
    private const string Script =
        """
        import ctypes, sys
        PTRACE_SEIZE, PTRACE_O_TRACEEXIT = 0x4206, 0x40
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace.argtypes, libc.ptrace.restype = [ctypes.c_long] * 4, ctypes.c_long
        result = libc.ptrace(PTRACE_SEIZE, int(sys.argv[1]), 0, PTRACE_O_TRACEEXIT)
        print("held" if result == 0 else "error %d" % ctypes.get_errno(), flush=True)
        sys.stdin.read()
        """;

    private readonly Process _tracer;

    private HeldProcess(Process tracer) => _tracer = tracer;

    /// <summary>Holds a process. Ignores the test when the system does not allow tracing.</summary>
    public static async Task<HeldProcess> HoldAsync(int processId, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(LaunchBench.Python, ["-c", Script, $"{processId}"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        var held = new HeldProcess(Process.Start(start)!);
        var answer = await held._tracer.StandardOutput.ReadLineAsync(cancellationToken);
        if (answer == "held") return held;
        await held.DisposeAsync();
        Assert.Ignore($"A process cannot be traced here: {answer}.");
        return held;
    }

    public async ValueTask DisposeAsync()
    {
        _tracer.StandardInput.Close();
        await _tracer.WaitForExitAsync();
        _tracer.Dispose();
    }
}
