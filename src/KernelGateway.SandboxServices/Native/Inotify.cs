using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Native;

/// <summary>What happened, in the bits of inotify(7).</summary>
[Flags]
internal enum InotifyMask : uint
{
    Modify = 0x2,
    Attributes = 0x4,
    MovedFrom = 0x40,
    MovedTo = 0x80,
    Create = 0x100,
    Delete = 0x200,
    DeleteSelf = 0x400,
    MoveSelf = 0x800,
    Unmounted = 0x2000,
    QueueOverflow = 0x4000,
    Ignored = 0x8000,
    OnlyDirectory = 0x1000000,
    IsDirectory = 0x40000000,
}

/// <summary>One event of the kernel.</summary>
/// <param name="Watch">The number of the watch; -1 for an overflow.</param>
/// <param name="Mask">What happened.</param>
/// <param name="Cookie">Joins the two halves of a move.</param>
/// <param name="Name">The name in the directory, with NUL at the end; empty when the directory itself is meant.</param>
internal readonly record struct InotifyEvent(int Watch, InotifyMask Mask, uint Cookie, byte[] Name);

/// <summary>The calls of inotify(7), and poll(2).</summary>
internal static unsafe partial class Inotify
{
    private const int NonBlocking = 0x800;                 // IN_NONBLOCK, EFD_NONBLOCK
    private const int CloseOnExec = 0x80000;               // IN_CLOEXEC, EFD_CLOEXEC
    private const short Readable = 0x1;                    // POLLIN
    private const int HeaderBytes = 16;

    internal static SafeFileHandle? Create(out int error) => Wrap(CreateRaw(NonBlocking | CloseOnExec), out error);

    /// <summary>Opens a counter that is readable when it is above zero (eventfd).</summary>
    internal static SafeFileHandle? CreateSignal(out int error) => Wrap(CreateSignalRaw(0, NonBlocking | CloseOnExec), out error);

    /// <summary>Watches a directory; gives its number, which is the same for the same directory. -1 for an error.</summary>
    internal static int Add(SafeFileHandle inotify, byte[] path, InotifyMask mask, out int error)
    {
        var watch = AddRaw(inotify, path, (uint)mask);
        error = watch >= 0 ? 0 : Marshal.GetLastPInvokeError();
        return watch;
    }

    /// <summary>Ends a watch. That it has ended already is no failure.</summary>
    internal static void Remove(SafeFileHandle inotify, int watch) => _ = RemoveRaw(inotify, watch);

    /// <summary>Reads events that are there, at least one if there is any; false when there is none.</summary>
    /// <param name="inotify">The instance.</param>
    /// <param name="buffer">At least as large as the largest event, 272 bytes.</param>
    /// <param name="events">Where they are added.</param>
    internal static bool TryRead(SafeFileHandle inotify, byte[] buffer, Queue<InotifyEvent> events)
    {
        nint count;
        fixed (byte* start = buffer) count = ReadRaw(inotify, start, (nuint)buffer.Length);
        if (count <= 0) return false;
        // struct inotify_event:   | wd 4 | mask 4 | cookie 4 | len 4 | name, padded with NUL to len |
        var rest = buffer.AsSpan(0, (int)count);
        while (rest.Length >= HeaderBytes)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest[12..]);
            var name = rest.Slice(HeaderBytes, length);
            events.Enqueue(new InotifyEvent(
                BinaryPrimitives.ReadInt32LittleEndian(rest),
                (InotifyMask)BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]),
                BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]),
                length == 0 ? [] : name[..(name.IndexOf((byte)0) + 1)].ToArray()));
            rest = rest[(HeaderBytes + length)..];
        }

        return true;
    }

    internal static void Raise(SafeFileHandle signal)
    {
        ulong one = 1;
        _ = WriteRaw(signal, &one, sizeof(ulong));
    }

    internal static void Reset(SafeFileHandle signal)
    {
        ulong value;
        _ = ReadRaw(signal, (byte*)&value, sizeof(ulong));
    }

    /// <summary>Waits until one of the handles can be read, and gives for each whether it can.</summary>
    internal static bool[] WaitReadable(IReadOnlyList<SafeFileHandle> handles)
    {
        var descriptors = new PollDescriptor[handles.Count];
        for (var i = 0; i < descriptors.Length; i++)
            descriptors[i] = new PollDescriptor { Descriptor = (int)handles[i].DangerousGetHandle(), Events = Readable };
        fixed (PollDescriptor* start = descriptors)
        {
            // An interruption looks like "nothing": what was returned stays zero then.
            _ = PollRaw(start, (nuint)descriptors.Length, -1);
        }

        return Array.ConvertAll(descriptors, descriptor => descriptor.ReturnedEvents != 0);
    }

    private static SafeFileHandle? Wrap(int descriptor, out int error)
    {
        error = descriptor >= 0 ? 0 : Marshal.GetLastPInvokeError();
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
    }

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int CreateRaw(int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int CreateSignalRaw(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true)]
    private static partial int AddRaw(SafeFileHandle inotify, byte[] path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch")]
    private static partial int RemoveRaw(SafeFileHandle inotify, int watch);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadRaw(SafeFileHandle file, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteRaw(SafeFileHandle file, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int PollRaw(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    // struct pollfd
    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        internal int Descriptor;
        internal short Events;
        internal short ReturnedEvents;
    }
}
