namespace KernelGateway.Executions;

/// <summary>Why running code is interrupted; it decides the reason of the end.</summary>
internal enum InterruptCause
{
    /// <summary>Somebody asked for it, or the client that started it went away.</summary>
    Requested,

    /// <summary>The time limit of the execution passed.</summary>
    TimedOut,

    /// <summary>The output passed the limit of the gateway's options.</summary>
    OutputLimit,
}
