namespace KernelGateway.Soak.Cells;

/// <summary>What a cell does besides printing numbered lines.</summary>
internal enum CellKind
{
    /// <summary>Prints its lines and ends.</summary>
    Lines,

    /// <summary>Pauses for a moment behind each line.</summary>
    Paced,

    /// <summary>Prints its lines and raises.</summary>
    Fails,

    /// <summary>Prints until it is stopped.</summary>
    Endless,

    /// <summary>Prints one line and sleeps until it is stopped.</summary>
    Sleeps,

    /// <summary>Prints until it is interrupted, catches the interrupt, prints one more line and ends by itself.</summary>
    Stubborn,

    /// <summary>Prints its lines and ends its kernel's process.</summary>
    Dies,

    /// <summary>Prints its lines; the kernel never sends the reply.</summary>
    LosesReply,

    /// <summary>Prints its lines; the kernel never sends the idle status.</summary>
    LosesIdle,

    /// <summary>Prints its lines, with messages of a wrong signature and of an unknown type between them.</summary>
    Noisy,
}
