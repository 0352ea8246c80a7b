using KernelGateway.Protocol.Files;

namespace KernelGateway.SandboxServices.Native;

/// <summary>What the system knows about a file (struct statx).</summary>
internal readonly record struct FileStatus(
    ushort Mode,
    uint OwnerId,
    uint GroupId,
    long Size,
    ulong Inode,
    ulong Device,
    DateTimeOffset Accessed,
    DateTimeOffset Changed,
    DateTimeOffset Modified)
{
    internal const int BufferBytes = 256;
    internal const uint Fields = 0x7FF;                    // STATX_BASIC_STATS
    internal const ushort SetUserId = 0x800;
    internal const ushort SetGroupId = 0x400;
    internal const ushort Sticky = 0x200;

    internal UnixFileType Type => (UnixFileType)(Mode >> 12);

    /// <summary>Gets the permission bits, 0 to 0777.</summary>
    internal int Permissions => Mode & 0x1FF;

    internal bool IsSameFile(FileStatus other) => Inode == other.Inode && Device == other.Device;

    // struct statx:   | mask 4 | blksize 4 | attributes 8 | nlink 4 | uid 4 at 20 | gid 4 | mode 2 at 28 | 2 | ino 8 at 32 |
    // | size 8 at 40 | blocks 8 | mask 8 | atime 16 at 64 | btime 16 | ctime 16 at 96 | mtime 16 at 112 | rdev 8 | dev 8 at 136 |
    // ...
    internal static unsafe FileStatus Read(byte* buffer) => new(
        *(ushort*)(buffer + 28),
        *(uint*)(buffer + 20),
        *(uint*)(buffer + 24),
        *(long*)(buffer + 40),
        *(ulong*)(buffer + 32),
        *(ulong*)(buffer + 136),
        Time(buffer + 64),
        Time(buffer + 96),
        Time(buffer + 112));

    // struct statx_timestamp:   | seconds 8 | nanoseconds 4 | 4 |
    private static unsafe DateTimeOffset Time(byte* start)
    {
        // A file can have a time that .NET has no value for.
        var seconds =
            Math.Clamp(*(long*)start, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        return DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(*(uint*)(start + 8) / TimeSpan.NanosecondsPerTick);
    }
}
