using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;
using KernelGateway.Tests.Kernels;

namespace KernelGateway.Tests.Guarding;

/// <summary>A process of a provisioner that is badly written.</summary>
internal sealed class FaultyProcess(ScriptedProcess inner) : IKernelProcess
{
    /// <summary>Gets or sets a value indicating whether signals, tails and disposal throw.</summary>
    public bool Throws { get; set; }

    /// <summary>Gets or sets what is given for the end of the process; null for its true end.</summary>
    public Task<KernelExit>? ExitedInstead { get; set; }

    /// <summary>Gets or sets what its disposal waits for; null for nothing.</summary>
    public Task? DisposalWaitsFor { get; set; }

    /// <summary>Gets or sets what SIGINT blocks for; null for nothing.</summary>
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
