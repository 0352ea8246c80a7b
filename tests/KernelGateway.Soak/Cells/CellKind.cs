namespace KernelGateway.Soak.Cells;

/// <summary>The behaviour of a cell in addition to printing numbered lines.</summary>
internal enum CellKind
{
    /// <summary>Prints its lines and ends.</summary>
    Lines,

    /// <summary>Pauses briefly after each line.</summary>
    Paced,

    /// <summary>Prints its lines and raises an exception.</summary>
    Fails,

    /// <summary>Prints until it is stopped.</summary>
    Endless,

    /// <summary>Prints one line and sleeps until it is stopped.</summary>
    Sleeps,

    /// <summary>Prints until it is interrupted, catches the interrupt, prints one more line and ends by itself.</summary>
    Stubborn,

    /// <summary>Prints its lines and ends its kernel process.</summary>
    Dies,

    /// <summary>Prints its lines. The kernel sends no reply.</summary>
    LosesReply,

    /// <summary>Prints its lines. The kernel sends no idle status.</summary>
    LosesIdle,

    /// <summary>Prints its lines, and between them messages with a wrong signature and of an unknown type.</summary>
    Noisy,
}
