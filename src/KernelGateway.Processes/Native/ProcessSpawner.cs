using System.Globalization;
using System.Runtime.InteropServices;

namespace KernelGateway.Processes.Native;

/// <summary>Starts processes with posix_spawn.</summary>
/// <remarks>
/// .NET's own Process class cannot create a session for a child, passes the gateway's ignored signals on to it, and reads its
/// output with a task per stream. posix_spawn can, and it does not copy this process's page tables (glibc and musl use vfork
/// semantics).
/// </remarks>
internal static unsafe partial class ProcessSpawner
{
    private const int Ok = 0;
    private const int ReadWrite = 2;                        // O_RDWR
    private const short SetSignalDefaults = 0x04;           // POSIX_SPAWN_SETSIGDEF
    private const short SetSignalMask = 0x08;               // POSIX_SPAWN_SETSIGMASK
    private const short NewSessionOnLinux = 0x80;           // POSIX_SPAWN_SETSID
    private const short NewSessionOnMacOS = 0x0400;
    private const short CloseByDefaultOnMacOS = 0x4000;     // POSIX_SPAWN_CLOEXEC_DEFAULT
    private const int SignalKill = 9;
    private static readonly int SignalStop = OperatingSystem.IsLinux() ? 19 : 17;

    // The opaque C structures are at most 336 bytes (glibc's attributes) and a signal set 128.
    private const int OpaqueBytes = 1024;

    private static readonly delegate* unmanaged<byte*, int, int> AddCloseFrom = FindCloseFrom();

    /// <summary>Starts a process.</summary>
    /// <returns>Zero and the process id, or the error number.</returns>
    internal static int TrySpawn(SpawnRequest request, out int processId)
    {
        using var argv = new NativeStringArray(request.Argv);
        using var environment = new NativeStringArray(request.Environment.Select(pair => $"{pair.Key}={pair.Value}").ToArray());
        var actions = stackalloc byte[OpaqueBytes];
        var attributes = stackalloc byte[OpaqueBytes];
        processId = 0;

        SafeHandle?[] handles = [request.StandardInput, request.StandardOutput, request.StandardError, .. request.InheritedHandles];
        // Descriptors are set one after another: none may be overwritten before it has been used.
        List<SafeHandle> raised = [];
        var held = 0;
        Check(FileActionsInit(actions));
        try
        {
            Check(AttributesInit(attributes));
            for (; held < handles.Length; held++)
            {
                var added = false;
                handles[held]?.DangerousAddRef(ref added);
            }

            FillActions(actions, request, raised);
            FillAttributes(attributes);
            int child;
            int error;
            using (var limit = SpawnLimit.Begin(request))
            {
                error = Spawn(&child, request.ProgramPath, actions, attributes, argv.Pointer, environment.Pointer);
                if (error == Ok) limit.Complete(child);
            }

            if (error != Ok) return error;
            OutOfMemoryScore.Raise(child);
            processId = child;
            return error;
        }
        finally
        {
            foreach (var handle in handles[..held]) handle?.DangerousRelease();
            foreach (var handle in raised) handle.Dispose();
            _ = AttributesDestroy(attributes);
            _ = FileActionsDestroy(actions);
        }
    }

    private static void FillActions(byte* actions, SpawnRequest request, List<SafeHandle> raised)
    {
        var firstClosed = 3 + request.InheritedHandles.Count;
        if (request.InheritedHandles.Count > 1)
            foreach (var handle in request.InheritedHandles) raised.Add(LibC.DuplicateFrom((int)handle.DangerousGetHandle(), firstClosed));
        // A process that leads a session gets the terminal that it opens first as its controlling terminal, and keeps it when it
        // has no descriptor of it.
        if (request.TerminalPath is { } terminal) Check(AddOpen(actions, 0, terminal, ReadWrite, 0));
        if (request.StandardInput is { } input) Check(AddDup2(actions, (int)input.DangerousGetHandle(), 0));
        else if (request.TerminalPath is null) Check(AddOpen(actions, 0, "/dev/null", 0, 0));
        Check(AddDup2(actions, (int)request.StandardOutput.DangerousGetHandle(), 1));
        Check(AddDup2(actions, (int)request.StandardError.DangerousGetHandle(), 2));
        var inherited = raised.Count > 0 ? raised : request.InheritedHandles;
        for (var i = 0; i < inherited.Count; i++) Check(AddDup2(actions, (int)inherited[i].DangerousGetHandle(), 3 + i));
        // .NET opens everything close-on-exec, but the host's own parent and native libraries may not have.
        if (AddCloseFrom is not null)
            Check(AddCloseFrom(actions, firstClosed));
        else if (OperatingSystem.IsLinux())
            foreach (var descriptor in OpenDescriptors(firstClosed)) Check(AddClose(actions, descriptor));
        if (request.WorkingDirectory is { } directory) Check(AddChangeDirectory(actions, directory));
    }

    private static void FillAttributes(byte* attributes)
    {
        // The process leads a session: its id is also the group id, so one signal reaches the process and its children, and the
        // terminal's Ctrl+C reaches neither.
        var flags = SetSignalDefaults | SetSignalMask;
        flags |= OperatingSystem.IsLinux() ? NewSessionOnLinux : NewSessionOnMacOS | CloseByDefaultOnMacOS;
        Check(AttributesSetFlags(attributes, (short)flags));

        // .NET ignores SIGPIPE and hosts may ignore others; ignored signals would stay ignored in the process.
        var signals = stackalloc byte[OpaqueBytes];
        _ = FillSignalSet(signals);
        _ = DeleteFromSignalSet(signals, SignalKill);
        _ = DeleteFromSignalSet(signals, SignalStop);
        Check(AttributesSetSignalDefaults(attributes, signals));
        _ = EmptySignalSet(signals);
        Check(AttributesSetSignalMask(attributes, signals));
    }

    // musl has no closefrom action. Closing a descriptor that has been closed in the meantime is harmless: the result is ignored.
    private static List<int> OpenDescriptors(int first)
    {
        var descriptors = new List<int>();
        foreach (var entry in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
            if (int.TryParse(Path.GetFileName(entry.AsSpan()), CultureInfo.InvariantCulture, out var descriptor) && descriptor >= first) descriptors.Add(descriptor);
        return descriptors;
    }

    private static delegate* unmanaged<byte*, int, int> FindCloseFrom()
    {
        if (!OperatingSystem.IsLinux()) return null;
        var library = NativeLibrary.Load("libc", typeof(ProcessSpawner).Assembly, DllImportSearchPath.SafeDirectories);
        return NativeLibrary.TryGetExport(library, "posix_spawn_file_actions_addclosefrom_np", out var address)
            ? (delegate* unmanaged<byte*, int, int>)address
            : null;
    }

    // These fail for lack of memory only.
    private static void Check(int error)
    {
        if (error != Ok) throw new IOException($"Preparing a process failed: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(int* processId, string path, byte* actions, byte* attributes, byte** argv, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int FileActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int FileActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddOpen(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDup2(byte* actions, int descriptor, int newDescriptor);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclose")]
    private static partial int AddClose(byte* actions, int descriptor);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddChangeDirectory(byte* actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int AttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int AttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int AttributesSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int AttributesSetSignalDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int AttributesSetSignalMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static partial int FillSignalSet(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int EmptySignalSet(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigdelset")]
    private static partial int DeleteFromSignalSet(byte* signals, int signal);
}
