namespace KernelGateway.Executions;

/// <summary>The cause for which the gateway stopped an execution.</summary>
public enum ExecutionStopCause
{
    /// <summary>Its time limit passed.</summary>
    TimeLimit,

    /// <summary>A caller requested it.</summary>
    Request,

    /// <summary>Its output passed the limit.</summary>
    OutputLimit,

    /// <summary>The client that had sent it went away.</summary>
    Disconnect,
}
