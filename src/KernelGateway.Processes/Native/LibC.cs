using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Processes.Native;

/// <summary>
/// The calls of the C library that starting and watching processes needs and for which .NET has no public API. Differences
/// between glibc, musl and macOS are handled here only.
/// </summary>
internal static unsafe partial class LibC
{
    internal const int WriteAccess = 2;
    internal const int ExecuteAccess = 1;

    internal const short PollIn = 0x1;
    internal const short PollOut = 0x4;

    /// <summary>The result of <see cref="Write"/> when nothing can be written now.</summary>
    internal const int NoRoom = -1;

    private const int ExclusiveLock = 2;           // LOCK_EX
    private const int DoNotWait = 4;               // LOCK_NB
    private const int Interrupted = 4;             // EINTR
    private const int InputOutputError = 5;        // EIO
    private const int TryAgain = 11;               // EAGAIN on Linux, where descriptors are made non-blocking
    private const int WaitForProcess = 1;          // P_PID
    private const int WaitNoHang = 1;              // WNOHANG
    private const int WaitExited = 4;              // WEXITED
    private const int SetFileStatusFlags = 4;      // F_SETFL
    private const int ReadWriteOnLinux = 0x2;      // O_RDWR; read-only is zero
    private const int NonBlockingOnLinux = 0x800;  // O_NONBLOCK
    private const int CloseOnExecOnLinux = 0x80000;  // O_CLOEXEC
    private const nint SystemCallPidFdSendSignal = 424;
    private const nint SystemCallPidFdOpen = 434;

    // waitid's "leave it waitable": the one constant of these that is a different number on macOS.
    private static int WaitNoReap => OperatingSystem.IsLinux() ? 0x01000000 : 0x20;

    /// <summary>Gets the id of the user whose rights this process has.</summary>
    internal static uint EffectiveUserId => GetEffectiveUserId();

    /// <summary>Returns whether the user of the calling thread may do this with a file.</summary>
    internal static bool IsAccessible(string path, int mode)
    {
        const int WorkingDirectory = -100;         // AT_FDCWD
        const int WithEffectiveIds = 0x200;        // AT_EACCESS: also the ids that a thread has for files only (setfsuid)
        return OperatingSystem.IsLinux() ? AccessAt(WorkingDirectory, path, mode, WithEffectiveIds) == 0 : Access(path, mode) == 0;
    }

    /// <summary>Takes the lock of an open file for this process; false when another process has it.</summary>
    internal static bool TryLock(SafeFileHandle file) => FileLock(file, ExclusiveLock | DoNotWait) == 0;

    /// <summary>Sends a signal to the group; false when there is no such group or it may not be signalled.</summary>
    internal static bool SignalGroup(int processGroupId, int signal) => Kill(-processGroupId, signal) == 0;

    internal static bool Signal(int processId, int signal) => Kill(processId, signal) == 0;

    /// <summary>
    /// Returns whether a child of the gateway has ended, without reaping it: its process id stays reserved until
    /// <see cref="TryReap"/>.
    /// </summary>
    /// <returns>Null when it is not a child, or not any more.</returns>
    internal static bool? HasExited(int processId)
    {
        // siginfo_t is 128 bytes on Linux and smaller on macOS; its first field is the signal number on both, zero for "nothing yet".
        var information = stackalloc int[64];
        while (true)
        {
            information[0] = 0;
            if (WaitId(WaitForProcess, (uint)processId, information, WaitExited | WaitNoHang | WaitNoReap) == 0) return information[0] != 0;
            if (Marshal.GetLastPInvokeError() != Interrupted) return null;
        }
    }

    /// <summary>
    /// Collects an exited child and frees its process id; false when it has not ended, or was reaped elsewhere.
    /// </summary>
    internal static bool TryReap(int processId, out int waitStatus)
    {
        while (true)
        {
            int status;
            var result = WaitPid(processId, &status, WaitNoHang);
            waitStatus = status;
            if (result == processId) return true;
            if (result == 0 || Marshal.GetLastPInvokeError() != Interrupted) return false;
        }
    }

    /// <summary>Opens a handle that polls readable once the process has ended; -1 where that is not supported.</summary>
    internal static int OpenProcessHandle(int processId)
    {
        // The descriptor comes with close-on-exec set.
        return OperatingSystem.IsLinux() ? (int)SystemCall(SystemCallPidFdOpen, processId, 0, 0, 0) : -1;
    }

    /// <summary>Signals through a process handle, which cannot hit another process that got the same id.</summary>
    /// <returns>Zero, or the error number.</returns>
    internal static int SignalHandle(int processHandle, int signal, bool group)
    {
        const int ProcessGroup = 4;                // PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9
        var result = SystemCall(SystemCallPidFdSendSignal, processHandle, signal, 0, group ? ProcessGroup : 0);
        return result == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>
    /// Opens another end of a pipe by its name below /proc, or a file without .NET's file locks; null when that is not possible.
    /// </summary>
    internal static SafeFileHandle? OpenPipeEnd(string path, bool forReadingOnly)
    {
        var flags = forReadingOnly ? NonBlockingOnLinux | CloseOnExecOnLinux : ReadWriteOnLinux | CloseOnExecOnLinux;
        var descriptor = OperatingSystem.IsLinux() ? Open(path, flags) : -1;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Opens a pipe by its name below /proc for reading, if it is a pipe; null when that is not possible. Linux only.</summary>
    /// <remarks>
    /// The owner of the process can replace the target of the name. It is therefore opened with O_PATH first, which has no effect
    /// on the target, and is examined.
    /// </remarks>
    internal static SafeFileHandle? OpenExistingPipe(string path)
    {
        const int PathOnly = 0x200000;             // O_PATH
        var descriptor = OperatingSystem.IsLinux() ? Open(path, PathOnly | CloseOnExecOnLinux) : -1;
        if (descriptor < 0) return null;
        using var found = new SafeFileHandle(descriptor, ownsHandle: true);
        // The name of a file begins with "/", that of a pipe does not.
        var isPipe = new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget?.StartsWith("pipe:", StringComparison.Ordinal) == true;
        return isPipe ? OpenPipeEnd($"/proc/self/fd/{descriptor}", forReadingOnly: true) : null;
    }

    /// <summary>
    /// Makes reads from the descriptor return at once. Linux only: on other systems fcntl has another calling convention.
    /// </summary>
    internal static void SetNonBlocking(int descriptor)
    {
        if (OperatingSystem.IsLinux() && FileControl(descriptor, SetFileStatusFlags, NonBlockingOnLinux) != 0)
            throw new IOException($"fcntl failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    /// <summary>
    /// Reads available bytes. Zero at the end, also of a terminal that no program has open any more; -1 when no bytes are
    /// available now.
    /// </summary>
    internal static int Read(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = ReadRaw(descriptor, start, (nuint)buffer.Length);
                if (count >= 0) return (int)count;
                var error = Marshal.GetLastPInvokeError();
                if (error != Interrupted) return error == InputOutputError ? 0 : -1;
            }
        }
    }

    /// <summary>Writes what there is room for.</summary>
    /// <returns>The number of bytes, <see cref="NoRoom"/>, or a lower number when nobody can read them.</returns>
    internal static int Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            while (true)
            {
                var count = WriteRaw(descriptor, start, (nuint)bytes.Length);
                if (count >= 0) return (int)count;
                var error = Marshal.GetLastPInvokeError();
                if (error != Interrupted) return error == TryAgain ? NoRoom : NoRoom - 1;
            }
        }
    }

    internal static void WriteByte(int descriptor)
    {
        byte signal = 1;
        _ = WriteRaw(descriptor, &signal, 1);
    }

    /// <summary>Waits until a descriptor is ready.</summary>
    /// <returns>How many are; zero when interrupted or nothing is ready within the time; -1 when it is not possible to wait.</returns>
    internal static int Poll(Span<PollDescriptor> descriptors, int timeoutMilliseconds)
    {
        fixed (PollDescriptor* start = descriptors)
        {
            var ready = PollRaw(start, (nuint)descriptors.Length, timeoutMilliseconds);
            return ready >= 0 ? ready : Marshal.GetLastPInvokeError() == Interrupted ? 0 : -1;
        }
    }

    /// <summary>Makes a pipe whose ends are close-on-exec. Linux only.</summary>
    /// <exception cref="IOException">No descriptors are left.</exception>
    internal static (SafeFileHandle Read, SafeFileHandle Write) CreatePipe()
    {
        var ends = stackalloc int[2];
        if (Pipe(ends, CloseOnExecOnLinux) != 0)
            throw new IOException($"pipe2 failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>Opens a descriptor's file under a second descriptor that is above those of the standard streams; close-on-exec. Linux only.</summary>
    internal static SafeFileHandle DuplicateAboveStandardStreams(int descriptor) => DuplicateFrom(descriptor, 3);

    /// <summary>Opens a descriptor's file under a second descriptor that is not below a number; close-on-exec. Linux only.</summary>
    internal static SafeFileHandle DuplicateFrom(int descriptor, int lowest)
    {
        const int DuplicateCloseOnExec = 1030;     // F_DUPFD_CLOEXEC
        var duplicate = FileControl(descriptor, DuplicateCloseOnExec, lowest);
        if (duplicate >= 0) return new SafeFileHandle(duplicate, ownsHandle: true);
        throw new IOException($"fcntl failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    /// <summary>Sets the soft limit of open files of a process, zero for this process; false when that is not possible.</summary>
    /// <param name="processId">The process, which must belong to the gateway's user.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="former">The former limit.</param>
    internal static bool TrySetOpenFilesLimit(int processId, long limit, out long former)
    {
        const int OpenFiles = 7;                   // RLIMIT_NOFILE
        // struct rlimit64:   | soft 8 | hard 8 |
        var limits = stackalloc long[2];
        former = 0;
        if (!OperatingSystem.IsLinux() || ProcessLimit(processId, OpenFiles, null, limits) != 0) return false;
        former = limits[0];
        // An unlimited hard limit is -1 as a signed number.
        if (limits[1] >= 0 && limit > limits[1]) limit = limits[1];
        limits[0] = limit;
        return ProcessLimit(processId, OpenFiles, limits, null) == 0;
    }

    /// <summary>Keeps processes of the same user from reading this one's memory, environment and descriptors. Linux only.</summary>
    internal static bool TryCloseToOthers()
    {
        const int SetDumpable = 4;                 // PR_SET_DUMPABLE
        return OperatingSystem.IsLinux() && ProcessControl(SetDumpable, 0, 0, 0, 0) == 0;
    }

    /// <summary>Changes the owner of a file or of a symbolic link itself.</summary>
    /// <exception cref="IOException">It cannot be changed.</exception>
    internal static void ChangeOwner(string path, uint userId, uint groupId) =>
        CheckOwnerChanged(LinkChangeOwner(path, userId, groupId), $"'{path}'");

    /// <summary>Changes the owner of an open file.</summary>
    /// <exception cref="IOException">It cannot be changed.</exception>
    internal static void ChangeOwner(SafeHandle file, uint userId, uint groupId) =>
        CheckOwnerChanged(FileChangeOwner(file, userId, groupId), "an open file");

    private static void CheckOwnerChanged(int result, string file)
    {
        if (result == 0) return;
        var problem = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
        throw new IOException($"The owner of {file} cannot be changed: {problem}.");
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "faccessat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AccessAt(int directory, string path, int mode, int flags);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int FileChangeOwner(SafeHandle file, uint userId, uint groupId);

    [LibraryImport("libc", EntryPoint = "lchown", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int LinkChangeOwner(string path, uint userId, uint groupId);

    [LibraryImport("libc", EntryPoint = "prlimit64", SetLastError = true)]
    private static partial int ProcessLimit(int processId, int resource, long* newLimit, long* oldLimit);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, nint second, nint third, nint fourth, nint fifth);

    [LibraryImport("libc", EntryPoint = "flock")]
    private static partial int FileLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitId(int idType, uint id, int* information, int options);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitPid(int processId, int* status, int options);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadRaw(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteRaw(int descriptor, byte* buffer, nuint count);

    // nfds_t is unsigned long on Linux and unsigned int on macOS; both are one register.
    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int PollRaw(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);
}
