using System.Runtime.InteropServices;

namespace KernelGateway.SandboxServices.Native;

/// <summary>Flags of open(2) on Linux.</summary>
internal static class OpenFlags
{
    internal const int ReadOnly = 0;
    internal const int WriteOnly = 0x1;
    internal const int Create = 0x40;
    internal const int Exclusive = 0x80;
    internal const int NoTerminal = 0x100;
    internal const int NonBlocking = 0x800;
    internal const int CloseOnExec = 0x80000;
    /// <summary>Nothing is done with the file; the handle says which one it is (O_PATH).</summary>
    internal const int PathOnly = 0x200000;

    // These two have other numbers on Arm and POWER.
    private static readonly bool HasOldNumbers = RuntimeInformation.ProcessArchitecture
        is Architecture.Arm64 or Architecture.Arm or Architecture.Armv6 or Architecture.Ppc64le;

    internal static int Directory => HasOldNumbers ? 0x4000 : 0x10000;

    internal static int NoFollow => HasOldNumbers ? 0x8000 : 0x20000;
}
