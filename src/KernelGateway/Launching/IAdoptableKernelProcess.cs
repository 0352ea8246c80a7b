namespace KernelGateway.Launching;

/// <summary>A kernel process that can outlive its gateway and be adopted by the next one.</summary>
internal interface IAdoptableKernelProcess : IKernelProcess
{
    /// <summary>
    /// Stops watching the process and leaves it running, with its connection file and its record, for the next gateway to find
    /// (<see cref="Local.OrphanedKernel.FindAllAsync"/>). Afterwards this object is disposed.
    /// </summary>
    ValueTask LeaveRunningAsync();
}
