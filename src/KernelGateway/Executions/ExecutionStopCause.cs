namespace KernelGateway.Executions;

/// <summary>What made the gateway stop an execution.</summary>
public enum ExecutionStopCause
{
    /// <summary>Its time limit passed.</summary>
    TimeLimit,

    /// <summary>Somebody asked for it.</summary>
    Request,

    /// <summary>Its output passed the limit.</summary>
    OutputLimit,

    /// <summary>The client that had sent it went away.</summary>
    Disconnect,
}
