using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;
using KernelGateway.Testing.Scripting;

namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>A scripted kernel in place of a process: signals act on it, and its stop counts as the exit.</summary>
internal sealed class ScriptedProcess(ScriptedKernel kernel) : IKernelProcess
{
    private bool _killed;

    public int ProcessId => 4711;

    public KernelConnectionInfo ConnectionInfo => kernel.ConnectionInfo;

    public string ConnectionFilePath => "";

    public Task<KernelExit> Exited => WaitAsync();

    public string StandardErrorTail => "";

    public string StandardOutputTail => "";

    public bool Interrupt()
    {
        kernel.Interrupt();
        return !kernel.Stopped.IsCompleted;
    }

    public bool Terminate() => Kill();

    public bool Kill()
    {
        if (kernel.Stopped.IsCompleted) return false;
        _killed = true;
        _ = kernel.StopAsync();
        return true;
    }

    public async ValueTask DisposeAsync() => await kernel.StopAsync();

    private async Task<KernelExit> WaitAsync()
    {
        await kernel.Stopped;
        return _killed ? new KernelExit(null, 9) : new KernelExit(0, null);
    }
}
