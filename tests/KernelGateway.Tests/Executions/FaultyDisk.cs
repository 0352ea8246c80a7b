using KernelGateway.Memory;

namespace KernelGateway.Tests.Executions;

/// <summary>A disk that is full after a number of bytes. Its files then fail to close, too.</summary>
internal sealed class FaultyDisk(long capacity)
{
    private long _written;

    public long Capacity { get; set; } = capacity;

    public int Attempts { get; private set; }

    public ISpillFile Open(string directory) => new FaultyFile(this, new SpillFile(directory));

    private sealed class FaultyFile(FaultyDisk disk, SpillFile file) : ISpillFile
    {
        public void Write(ReadOnlySpan<byte> bytes, long position)
        {
            disk.Attempts++;
            if (disk._written + bytes.Length > disk.Capacity) throw new IOException("No space left on device");
            disk._written += bytes.Length;
            file.Write(bytes, position);
        }

        public int Read(Span<byte> bytes, long position) => file.Read(bytes, position);

        public void Dispose()
        {
            file.Dispose();
            if (disk._written > 0) throw new IOException("No space left on device");
        }
    }
}
