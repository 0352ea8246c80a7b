namespace KernelGateway.Soak.Books;

/// <summary>What was done to a context that may end executions other than by themselves.</summary>
[Flags]
internal enum FaultKind
{
    None = 0,

    /// <summary>Code was interrupted, by request, time limit, disconnect or output limit.</summary>
    Stop = 1,

    /// <summary>The kernel was killed, or its code ended it.</summary>
    Kill = 2,

    /// <summary>The context was restarted.</summary>
    Restart = 4,

    /// <summary>The context was removed.</summary>
    Removal = 8,
}
