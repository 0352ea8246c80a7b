namespace KernelGateway.Memory;

/// <summary>
/// A file for output that does not fit into memory. Reads and writes at different positions may run at the same time.
/// </summary>
internal interface ISpillFile : IDisposable
{
    /// <summary>Writes all of the bytes at a position.</summary>
    /// <exception cref="IOException">They could not be written; the content of the file at that position is
    /// undefined.</exception>
    void Write(ReadOnlySpan<byte> bytes, long position);

    /// <summary>Reads up to as many bytes as fit; zero at the end of the file.</summary>
    int Read(Span<byte> bytes, long position);
}
