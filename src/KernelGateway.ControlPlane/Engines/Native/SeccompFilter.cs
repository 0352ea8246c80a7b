using System.Runtime.InteropServices;
using KernelGateway.Processes.Native;

namespace KernelGateway.ControlPlane.Engines.Native;

/// <summary>The filter of system calls for the programs of a sandbox, made with libseccomp.</summary>
/// <remarks>
/// Namespaces alone leave nested user namespaces, io_uring, keyrings, user-mode userfaultfd, AF_VSOCK and clone3 open. Calls
/// that callers have a fallback for fail with ENOSYS, the others with EPERM.
/// </remarks>
internal static partial class SeccompFilter
{
    private const uint Allow = 0x7FFF0000;                  // SCMP_ACT_ALLOW
    private const uint Fail = 0x00050000;                   // SCMP_ACT_ERRNO, with the error number
    private const int NotPermitted = 1;                     // EPERM
    private const int NotImplemented = 38;                  // ENOSYS
    private const int NoSuchFamily = 97;                    // EAFNOSUPPORT
    private const int HighestFamily = 16;                   // AF_NETLINK

    private static readonly string[] Forbidden =
    [
        "mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "fsopen", "fsconfig", "fsmount", "fspick",
        "move_mount", "open_tree", "open_tree_attr", "mount_setattr", "ptrace", "process_vm_readv", "process_vm_writev",
        "process_madvise", "kcmp", "pidfd_getfd", "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd",
        "fanotify_init", "lookup_dcookie", "open_by_handle_at", "name_to_handle_at", "kexec_load", "kexec_file_load",
        "init_module", "finit_module", "delete_module", "reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd",
        "syslog", "iopl", "ioperm", "modify_ldt", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "vhangup",
        "uselib", "ustat", "sysfs", "_sysctl", "nfsservctl", "mknod", "mknodat",
    ];

    // Flags of clone3 are in memory, which a filter cannot read.
    private static readonly string[] Unknown = ["io_uring_setup", "io_uring_enter", "io_uring_register", "clone3"];

    // CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
    private static readonly ulong[] NewNamespaces =
        [0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];

    private static readonly ulong[] Families = [1, 2, 10, HighestFamily];     // unix, inet, inet6, netlink

    // TIOCSTI and TIOCLINUX put characters into the input of a terminal.
    private static readonly ulong[] TerminalInput = [0x5412, 0x541C];

    /// <summary>Gets why there is no filter on this machine; null when there is one.</summary>
    internal static string? FindProblem() =>
        NativeLibrary.TryLoad("libseccomp.so.2", out _) ? null : "libseccomp.so.2 is not installed (Debian package libseccomp2)";

    /// <summary>Makes the filter as a program of the kernel's packet filter.</summary>
    /// <exception cref="DllNotFoundException">libseccomp is not installed.</exception>
    /// <exception cref="IOException">libseccomp refuses a rule.</exception>
    internal static byte[] Build()
    {
        var filter = Initialize(Allow);
        if (filter == 0) throw new IOException("A filter of system calls cannot be made.");
        try
        {
            foreach (var rule in ListRules()) Add(filter, rule);
            return Export(filter);
        }
        finally
        {
            Release(filter);
        }
    }

    /// <summary>Lists what is refused. Everything else is allowed.</summary>
    internal static IEnumerable<SeccompRule> ListRules()
    {
        foreach (var name in Forbidden) yield return new(name, NotPermitted);
        foreach (var name in Unknown) yield return new(name, NotImplemented);
        foreach (var flag in NewNamespaces)
            yield return new("clone", NotPermitted, new SeccompComparison(0, SeccompOperator.MaskedEqual, flag, flag));
        // The system ignores the upper half of the request.
        foreach (var request in TerminalInput)
            yield return new("ioctl", NotPermitted, new SeccompComparison(1, SeccompOperator.MaskedEqual, 0xFFFFFFFF, request));
        for (var family = 0UL; family < HighestFamily; family++)
            if (!Families.Contains(family))
                yield return new("socket", NoSuchFamily, new SeccompComparison(0, SeccompOperator.Equal, family, 0));
        yield return new("socket", NoSuchFamily, new SeccompComparison(0, SeccompOperator.Greater, HighestFamily, 0));
    }

    private static byte[] Export(nint filter)
    {
        using var file = MemoryFile.Create("seccomp", []);
        var error = ExportRaw(filter, (int)file.DangerousGetHandle());
        if (error != 0) throw new IOException($"The filter of system calls cannot be written: error {-error}.");
        var program = new byte[RandomAccess.GetLength(file)];
        RandomAccess.Read(file, program, fileOffset: 0);
        return program;
    }

    private static void Add(nint filter, SeccompRule rule)
    {
        var number = Resolve(rule.Call);
        // libseccomp 2.5 is older than this call, whose number is the same on all architectures.
        if (number == -1 && rule.Call == "open_tree_attr") number = 467;
        if (number == -1) return;
        SeccompComparison[] comparisons = rule.Comparison is { } comparison ? [comparison] : [];
        var error = AddRule(filter, Fail | (uint)rule.Error, number, (uint)comparisons.Length, comparisons);
        // Pseudo numbers stand for calls that this architecture does not have.
        if (error != 0 && number >= 0) throw new IOException($"libseccomp refuses the rule for '{rule.Call}': error {-error}.");
    }

    [LibraryImport("libseccomp.so.2", EntryPoint = "seccomp_init")]
    private static partial nint Initialize(uint defaultAction);

    [LibraryImport("libseccomp.so.2", EntryPoint = "seccomp_syscall_resolve_name", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Resolve(string name);

    [LibraryImport("libseccomp.so.2", EntryPoint = "seccomp_rule_add_array")]
    private static partial int AddRule(nint filter, uint action, int number, uint count, [In] SeccompComparison[] comparisons);

    [LibraryImport("libseccomp.so.2", EntryPoint = "seccomp_export_bpf")]
    private static partial int ExportRaw(nint filter, int descriptor);

    [LibraryImport("libseccomp.so.2", EntryPoint = "seccomp_release")]
    private static partial void Release(nint filter);
}
