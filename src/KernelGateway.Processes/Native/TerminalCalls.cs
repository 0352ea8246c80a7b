using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Processes.Native;

/// <summary>The calls of the C library about terminals. Linux only.</summary>
internal static unsafe partial class TerminalCalls
{
    private const int ReadWrite = 0x2;             // O_RDWR
    private const int NoControllingTerminal = 0x100;  // O_NOCTTY
    private const int NonBlocking = 0x800;         // O_NONBLOCK
    private const int CloseOnExec = 0x80000;       // O_CLOEXEC
    private const nuint SetWindowSize = 0x5414;    // TIOCSWINSZ
    private const nuint GetWindowSize = 0x5413;    // TIOCGWINSZ
    private const nuint GetGroup = 0x540F;         // TIOCGPGRP
    private const uint SignalsAreTyped = 0x1;      // ISIG of c_lflag
    private const uint InputIsUtf8 = 0x4000;       // IUTF8 of c_iflag
    private const int Now = 0;                     // TCSANOW
    private const int SettingsWords = 64;          // More than struct termios has.

    internal static SafeFileHandle OpenMaster()
    {
        var descriptor = OpenMasterRaw(ReadWrite | NoControllingTerminal | CloseOnExec);
        if (descriptor < 0) throw Failure("posix_openpt");
        var master = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Grant(master) == 0 && Unlock(master) == 0) return master;
        var failure = Failure("grantpt or unlockpt");
        master.Dispose();
        throw failure;
    }

    /// <summary>Gets the path below /dev/pts by which the other end is opened.</summary>
    internal static string GetSlavePath(SafeHandle master)
    {
        var buffer = stackalloc byte[128];
        var error = SlaveName(master, buffer, 128);
        if (error != 0) throw new IOException($"ptsname_r failed: {Marshal.GetPInvokeErrorMessage(error)}");
        return Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer));
    }

    internal static SafeFileHandle OpenSlave(string path)
    {
        var descriptor = Open(path, ReadWrite | NoControllingTerminal | CloseOnExec);
        return descriptor < 0 ? throw Failure("open") : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Returns whether a descriptor is a terminal.</summary>
    internal static bool IsTerminal(int descriptor) => IsTerminalRaw(descriptor) == 1;

    /// <summary>
    /// Opens a terminal by its path a second time, such as <c>/dev/tty</c>, for reads and writes that do not wait; null when that is not
    /// possible.
    /// </summary>
    internal static SafeFileHandle? TryOpenAgain(string path)
    {
        var descriptor = Open(path, ReadWrite | NoControllingTerminal | NonBlocking | CloseOnExec);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>
    /// Gets the process group in the foreground of a terminal; null when it is not the controlling terminal of this process, nor a
    /// master.
    /// </summary>
    internal static int? GetForegroundGroup(SafeHandle terminal)
    {
        int group;
        return Control(terminal, GetGroup, &group) == 0 ? group : null;
    }

    /// <summary>Gives a terminal the settings of another one.</summary>
    internal static void CopySettings(SafeHandle from, SafeHandle to)
    {
        var settings = stackalloc uint[SettingsWords];
        if (GetSettings(from, settings) == 0) _ = SetSettings(to, Now, settings);
    }

    /// <summary>Gets the byte that suspends the programs in the foreground when it is typed (Ctrl+Z); null when none does.</summary>
    internal static byte? GetSuspendByte(SafeHandle terminal)
    {
        // struct termios:   | c_iflag 4 | c_oflag 4 | c_cflag 4 | c_lflag 4 | c_line 1 | c_cc 32 |
        const int LocalFlags = 3;
        const int SuspendOffset = 17 + 10;         // VSUSP of c_cc
        var settings = stackalloc uint[SettingsWords];
        if (GetSettings(terminal, settings) != 0 || (settings[LocalFlags] & SignalsAreTyped) == 0) return null;
        var suspend = ((byte*)settings)[SuspendOffset];
        return suspend == 0 ? null : suspend;
    }

    /// <summary>Sets the size. The foreground programs get SIGWINCH if it has changed.</summary>
    /// <exception cref="ObjectDisposedException">The terminal is closed.</exception>
    internal static void SetSize(SafeHandle terminal, int columns, int rows)
    {
        // struct winsize:   | rows 2 | columns 2 | width in pixels 2 | height in pixels 2 |
        var size = stackalloc ushort[4] { (ushort)rows, (ushort)columns, 0, 0 };
        if (Control(terminal, SetWindowSize, size) != 0) throw Failure("ioctl TIOCSWINSZ");
    }

    /// <summary>Makes the terminal's line editing erase a whole character of UTF-8.</summary>
    internal static void ExpectUtf8(SafeHandle terminal)
    {
        // struct termios begins with c_iflag and has 60 bytes.
        var settings = stackalloc uint[SettingsWords];
        if (GetSettings(terminal, settings) != 0) throw Failure("tcgetattr");
        settings[0] |= InputIsUtf8;
        if (SetSettings(terminal, Now, settings) != 0) throw Failure("tcsetattr");
    }

    /// <summary>Gets the size; null when the descriptor is not a terminal, or its size is not known.</summary>
    internal static (int Columns, int Rows)? GetSize(SafeHandle terminal)
    {
        var size = stackalloc ushort[4];
        return Control(terminal, GetWindowSize, size) == 0 && size[0] > 0 && size[1] > 0 ? (size[1], size[0]) : null;
    }

    /// <summary>
    /// Makes a terminal pass every byte on as it is typed, Ctrl+C included, and write every byte as it is; null when the
    /// descriptor is not a terminal.
    /// </summary>
    /// <returns>The former settings, for <see cref="Restore"/>.</returns>
    internal static uint[]? TryMakeRaw(SafeHandle terminal)
    {
        var former = new uint[SettingsWords];
        fixed (uint* settings = former)
        {
            if (GetSettings(terminal, settings) != 0) return null;
        }

        var raw = stackalloc uint[SettingsWords];
        former.CopyTo(new Span<uint>(raw, SettingsWords));
        MakeRaw(raw);
        return SetSettings(terminal, Now, raw) == 0 ? former : null;
    }

    /// <summary>Gives a terminal its former settings. It does nothing when the terminal is gone.</summary>
    internal static void Restore(SafeHandle terminal, uint[] former)
    {
        fixed (uint* settings = former) _ = SetSettings(terminal, Now, settings);
    }

    private static IOException Failure(string call) =>
        new($"A terminal cannot be made, {call} failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenMasterRaw(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(SafeHandle master);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(SafeHandle master);

    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    private static partial int SlaveName(SafeHandle master, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeHandle terminal, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetSettings(SafeHandle terminal, uint* settings);

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsTerminalRaw(int descriptor);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeRaw(uint* settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetSettings(SafeHandle terminal, int when, uint* settings);
}
