namespace KernelGateway.Memory;

/// <summary>A file that takes what does not fit into memory. Reads and writes may run at once, at different positions.</summary>
internal interface ISpillFile : IDisposable
{
    /// <summary>Writes all of the bytes at a position.</summary>
    /// <exception cref="IOException">They could not be written; what the file holds at that position is undefined.</exception>
    void Write(ReadOnlySpan<byte> bytes, long position);

    /// <summary>Reads up to as many bytes as fit; zero at the end of the file.</summary>
    int Read(Span<byte> bytes, long position);
}
