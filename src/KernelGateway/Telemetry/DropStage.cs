namespace KernelGateway.Telemetry;

/// <summary>The stage at which a message was dropped.</summary>
internal enum DropStage
{
    /// <summary>It came from the kernel and cannot be read.</summary>
    Kernel,

    /// <summary>It is output of an execution for which the journal has no room.</summary>
    Journal,

    /// <summary>It was to be shown to an observer of the host.</summary>
    Observer,

    /// <summary>It was on its way to a WebSocket client.</summary>
    ClientOutput,

    /// <summary>It came from a WebSocket client and cannot be read, or was not sent to the kernel.</summary>
    ClientInput,
}

/// <summary>Reasons for dropping a message, in addition to those of the protocol.</summary>
internal enum DropReason
{
    /// <summary>Its content does not fit its type, or is nested too deeply.</summary>
    UnreadableContent,

    /// <summary>The execution has produced more output than it may.</summary>
    OutputLimit,

    /// <summary>There is no room in memory or on the disk.</summary>
    NoRoom,

    /// <summary>The client was away for more output than is kept for it.</summary>
    ClientAway,

    /// <summary>The gateway answered it with an error.</summary>
    Refused,
}
