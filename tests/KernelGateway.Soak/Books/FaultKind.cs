namespace KernelGateway.Soak.Books;

/// <summary>Faults of a context that may end its executions.</summary>
[Flags]
internal enum FaultKind
{
    None = 0,

    /// <summary>Code was interrupted by request, time limit, disconnect or output limit.</summary>
    Stop = 1,

    /// <summary>The kernel was killed or ended by its own code.</summary>
    Kill = 2,

    /// <summary>The context was restarted.</summary>
    Restart = 4,

    /// <summary>The context was removed.</summary>
    Removal = 8,
}
