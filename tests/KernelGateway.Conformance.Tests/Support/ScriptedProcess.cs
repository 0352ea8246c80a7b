using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;
using KernelGateway.Testing.Scripting;

namespace KernelGateway.Conformance.Tests.Support;

/// <summary>Stands in for the process of a scripted kernel.</summary>
internal sealed class ScriptedProcess(ScriptedKernel kernel) : IKernelProcess
{
    public int ProcessId => 1;

    public KernelConnectionInfo ConnectionInfo => kernel.ConnectionInfo;

    public string ConnectionFilePath => "/nowhere";

    public Task<KernelExit> Exited { get; } = ExitAsync(kernel);

    public string StandardErrorTail => "";

    public string StandardOutputTail => "";

    public bool Interrupt() => false;

    public bool Terminate() => false;

    public bool Kill()
    {
        _ = kernel.StopAsync();
        return true;
    }

    public ValueTask DisposeAsync() => kernel.DisposeAsync();

    private static async Task<KernelExit> ExitAsync(ScriptedKernel kernel)
    {
        await kernel.Stopped;
        return new KernelExit(0, null);
    }
}
