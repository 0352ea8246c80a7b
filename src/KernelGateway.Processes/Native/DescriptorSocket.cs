using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Processes.Native;

/// <summary>Unix sockets over which processes pass open files to each other (unix(7), SCM_RIGHTS). Linux only.</summary>
internal static unsafe partial class DescriptorSocket
{
    /// <summary>The most descriptors that are received with one message. The system closes those beyond it.</summary>
    internal const int MaxDescriptors = 3;

    private const int UnixFamily = 1;              // AF_UNIX
    private const int Stream = 1;                  // SOCK_STREAM
    private const int CloseOnExec = 0x80000;       // SOCK_CLOEXEC
    private const int SocketLevel = 1;             // SOL_SOCKET
    private const int Rights = 1;                  // SCM_RIGHTS
    private const int ControlTruncated = 8;        // MSG_CTRUNC
    private const int DoNotWait = 0x40;            // MSG_DONTWAIT
    private const int NoSignal = 0x4000;           // MSG_NOSIGNAL
    private const int ReceiveCloseOnExec = 0x40000000;  // MSG_CMSG_CLOEXEC
    private const int Interrupted = 4;             // EINTR
    private const int TryAgain = 11;               // EAGAIN
    private const int NameTooLong = 36;            // ENAMETOOLONG
    private const int PathBytes = 108;             // sun_path, with its NUL

    // struct cmsghdr:   | length, with this header: size_t | level 4 | type 4 | data |
    private static int HeaderBytes => sizeof(nuint) + 2 * sizeof(int);

    /// <summary>Connects to a listening socket.</summary>
    /// <returns>The error number; zero and the socket when it succeeds.</returns>
    internal static int TryConnect(string path, out SafeFileHandle? socket)
    {
        socket = null;
        // struct sockaddr_un:   | family 2 | path 108 |
        var bytes = Encoding.UTF8.GetBytes(path);
        if (bytes.Length >= PathBytes) return NameTooLong;
        var address = stackalloc byte[2 + PathBytes];
        new Span<byte>(address, 2 + PathBytes).Clear();
        *(ushort*)address = UnixFamily;
        bytes.CopyTo(new Span<byte>(address + 2, PathBytes));
        var descriptor = CreateSocket(UnixFamily, Stream | CloseOnExec, 0);
        if (descriptor < 0) return Marshal.GetLastPInvokeError();
        var created = new SafeFileHandle(descriptor, ownsHandle: true);
        while (ConnectRaw(descriptor, address, 2 + PathBytes) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == Interrupted) continue;
            created.Dispose();
            return error;
        }

        socket = created;
        return 0;
    }

    /// <summary>Sends bytes, and a few descriptors with the first of them; waits until there is room.</summary>
    /// <returns>How many bytes were sent, the descriptors too if it is one or more; or the error number as a negative number.</returns>
    internal static int Send(int socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> descriptors)
    {
        var controlBytes = HeaderBytes + descriptors.Length * sizeof(int);
        var control = stackalloc byte[controlBytes];
        fixed (byte* start = bytes)
        {
            var part = new Part { Start = start, Length = (nuint)bytes.Length };
            var message = new Message { Parts = &part, PartCount = 1 };
            if (descriptors.Length > 0)
            {
                message.Control = control;
                message.ControlLength = (nuint)controlBytes;
                *(nuint*)control = message.ControlLength;
                *(int*)(control + sizeof(nuint)) = SocketLevel;
                *(int*)(control + sizeof(nuint) + sizeof(int)) = Rights;
                descriptors.CopyTo(new Span<int>(control + HeaderBytes, descriptors.Length));
            }

            while (true)
            {
                var count = SendMessage(socket, &message, NoSignal);
                if (count >= 0) return (int)count;
                var error = Marshal.GetLastPInvokeError();
                if (error != Interrupted) return -error;
            }
        }
    }

    /// <summary>Receives what is there, without waiting.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Receives the bytes.</param>
    /// <param name="received">Receives the descriptors, which are close-on-exec; null to have the system close them.</param>
    /// <param name="isComplete">False when the peer sent more descriptors than are received.</param>
    /// <returns>How many bytes; zero at the end; null when nothing is there.</returns>
    /// <exception cref="IOException">The connection is broken.</exception>
    internal static int? Receive(int socket, Span<byte> buffer, ICollection<SafeFileHandle>? received, out bool isComplete)
    {
        var controlBytes = HeaderBytes + MaxDescriptors * sizeof(int);
        var control = stackalloc byte[controlBytes];
        fixed (byte* start = buffer)
        {
            var part = new Part { Start = start, Length = (nuint)buffer.Length };
            var message = new Message { Parts = &part, PartCount = 1 };
            if (received is not null)
            {
                message.Control = control;
                message.ControlLength = (nuint)controlBytes;
            }

            nint count;
            while ((count = ReceiveMessage(socket, &message, DoNotWait | ReceiveCloseOnExec)) < 0)
            {
                isComplete = true;
                var error = Marshal.GetLastPInvokeError();
                if (error == TryAgain) return null;
                if (error != Interrupted) throw new IOException($"The connection is broken: {Marshal.GetPInvokeErrorMessage(error)}");
            }

            isComplete = (message.Flags & ControlTruncated) == 0;
            if (received is not null) Take(control, (int)message.ControlLength, received);
            return (int)count;
        }
    }

    private static void Take(byte* control, int length, ICollection<SafeFileHandle> received)
    {
        if (length < HeaderBytes) return;
        var isRights = *(int*)(control + sizeof(nuint)) == SocketLevel && *(int*)(control + sizeof(nuint) + sizeof(int)) == Rights;
        if (!isRights) return;
        var count = ((int)*(nuint*)control - HeaderBytes) / sizeof(int);
        for (var i = 0; i < count; i++)
            received.Add(new SafeFileHandle(*(int*)(control + HeaderBytes + i * sizeof(int)), ownsHandle: true));
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int CreateSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int ConnectRaw(int socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, Message* message, int flags);

    // struct iovec.
    [StructLayout(LayoutKind.Sequential)]
    private struct Part
    {
        internal byte* Start;
        internal nuint Length;
    }

    // struct msghdr of glibc and musl: lengths that are shorter than a word are followed by zeros.
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        internal byte* Name;
        internal nuint NameLength;
        internal Part* Parts;
        internal nuint PartCount;
        internal byte* Control;
        internal nuint ControlLength;
        internal int Flags;
    }
}
