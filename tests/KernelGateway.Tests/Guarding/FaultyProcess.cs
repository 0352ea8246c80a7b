using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;
using KernelGateway.Tests.Kernels;

namespace KernelGateway.Tests.Guarding;

/// <summary>The process of a defective provisioner.</summary>
internal sealed class FaultyProcess(ScriptedProcess inner) : IKernelProcess
{
    /// <summary>Gets or sets whether signals, output tails and disposal throw.</summary>
    public bool Throws { get; set; }

    /// <summary>Gets or sets the task that is returned as <c>Exited</c>; null for the task of the real process.</summary>
    public Task<KernelExit>? ExitedInstead { get; set; }

    /// <summary>Gets or sets the task for which the disposal waits; null for no wait.</summary>
    public Task? DisposalWaitsFor { get; set; }

    /// <summary>Gets or sets the event on which SIGINT blocks; null for no wait.</summary>
    public ManualResetEventSlim? InterruptBlocksFor { get; set; }

    public int ProcessId => inner.ProcessId;

    public KernelConnectionInfo ConnectionInfo => inner.ConnectionInfo;

    public string ConnectionFilePath => inner.ConnectionFilePath;

    public Task<KernelExit> Exited => ExitedInstead ?? inner.Exited;

    public string StandardErrorTail => Checked().StandardErrorTail;

    public string StandardOutputTail => Checked().StandardOutputTail;

    public bool Interrupt()
    {
        InterruptBlocksFor?.Wait();
        return Checked().Interrupt();
    }

    public bool Terminate() => Checked().Terminate();

    public bool Kill() => Checked().Kill();

    public async ValueTask DisposeAsync()
    {
        if (DisposalWaitsFor is not null) await DisposalWaitsFor;
        await Checked().DisposeAsync();
    }

    private ScriptedProcess Checked() => Throws ? throw new IOException("The process is out of reach.") : inner;
}
