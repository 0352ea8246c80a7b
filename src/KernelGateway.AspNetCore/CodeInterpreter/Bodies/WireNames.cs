using KernelGateway.Executions;
using KernelGateway.Kernels;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>The published names of states.</summary>
internal static class WireNames
{
    public static string Get(KernelState state) => state switch
    {
        KernelState.Launching => "launching",
        KernelState.Ready => "ready",
        KernelState.Restarting => "restarting",
        KernelState.Dead => "dead",
        KernelState.ShutDown => "shut_down",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not a kernel's state."),
    };

    public static string Get(ExecutionStatus status) => status switch
    {
        ExecutionStatus.Queued => "queued",
        ExecutionStatus.Running => "running",
        ExecutionStatus.Ended => "ended",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "Not an execution's status."),
    };
}
