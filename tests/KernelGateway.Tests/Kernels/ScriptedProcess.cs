using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;
using KernelGateway.Testing;
using KernelGateway.Testing.Scripting;

namespace KernelGateway.Tests.Kernels;

/// <summary>Stands in for a kernel process: a scripted kernel in this process, which exits when the test requests it.</summary>
internal sealed class ScriptedProcess : IKernelProcess
{
    private readonly TaskCompletionSource<KernelExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private KernelExit _exit = new(0, null);

    public ScriptedProcess(ScriptedKernel kernel, int processId)
    {
        Kernel = kernel;
        ProcessId = processId;
        _ = ExitWhenStoppedAsync();
    }

    public ScriptedKernel Kernel { get; }

    /// <summary>Gets the signals that were sent to it, in order.</summary>
    public AwaitableLog<string> Signals { get; } = new();

    /// <summary>Gets or sets whether SIGTERM ends it.</summary>
    public bool EndsWhenTerminated { get; set; } = true;

    /// <summary>Gets or sets whether SIGINT interrupts the code.</summary>
    public bool HandlesInterrupts { get; set; } = true;

    public int ProcessId { get; }

    public KernelConnectionInfo ConnectionInfo => Kernel.ConnectionInfo;

    public string ConnectionFilePath => $"/scripted/kernel-{ProcessId}.json";

    public Task<KernelExit> Exited => _exited.Task;

    public string StandardErrorTail { get; set; } = "";

    public string StandardOutputTail => "";

    public async Task ExitAsync(KernelExit exit)
    {
        _exit = exit;
        await Kernel.StopAsync();
        await _exited.Task;
    }

    /// <summary>Reports the exit of the process while its sockets stay open, as when its child process has inherited them.</summary>
    public void ReportExit(KernelExit exit) => _exited.TrySetResult(exit);

    public bool Interrupt()
    {
        Signals.Add("SIGINT");
        if (HandlesInterrupts) Kernel.Interrupt();
        return !_exited.Task.IsCompleted;
    }

    public bool Terminate()
    {
        Signals.Add("SIGTERM");
        if (EndsWhenTerminated) _exited.TrySetResult(new KernelExit(null, 15));
        return true;
    }

    public bool Kill()
    {
        Signals.Add("SIGKILL");
        _exited.TrySetResult(new KernelExit(null, 9));
        return true;
    }

    // The kernel stops by itself when it is asked to shut down.
    private async Task ExitWhenStoppedAsync()
    {
        await Kernel.Stopped;
        _exited.TrySetResult(_exit);
    }

    public async ValueTask DisposeAsync()
    {
        _exited.TrySetResult(new KernelExit(null, 9));
        await Kernel.DisposeAsync();
    }
}
