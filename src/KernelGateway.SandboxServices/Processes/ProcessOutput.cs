namespace KernelGateway.SandboxServices.Processes;

/// <summary>What a piece of output is.</summary>
public enum ProcessOutputKind
{
    /// <summary>Bytes of the standard output.</summary>
    StandardOutput,

    /// <summary>Bytes of the standard error.</summary>
    StandardError,

    /// <summary>Bytes of the terminal.</summary>
    Terminal,

    /// <summary>Output was dropped here because nobody read it.</summary>
    Dropped,
}

/// <summary>A piece of the output of a process.</summary>
public sealed record ProcessOutput
{
    /// <summary>Gets what it is.</summary>
    public required ProcessOutputKind Kind { get; init; }

    /// <summary>
    /// Gets the bytes as the process wrote them: at most 32 KiB, 16 KiB of a terminal. They can begin and end within a character.
    /// </summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Gets how many bytes of all streams of the process were before it.</summary>
    public long Position { get; init; }

    /// <summary>Gets how many bytes were dropped; zero unless <see cref="Kind"/> says so.</summary>
    public long DroppedBytes { get; init; }

    /// <summary>Gets the position of what follows, from which a later reader continues.</summary>
    public long NextPosition => Position + Data.Length + DroppedBytes;
}
