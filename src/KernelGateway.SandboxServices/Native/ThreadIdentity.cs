using System.Runtime.InteropServices;

namespace KernelGateway.SandboxServices.Native;

/// <summary>Changes with whose rights the calling thread uses files. Linux has these ids for each thread.</summary>
internal static unsafe partial class ThreadIdentity
{
    private const uint Keep = uint.MaxValue;

    // The function of the C library would change the groups of all threads.
    private static nint SetGroupsNumber => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 116,
        Architecture.X86 or Architecture.Arm or Architecture.Armv6 => 206,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 159,
        _ => -1,
    };

    internal static uint EffectiveUserId => GetEffectiveUserId();

    internal static uint EffectiveGroupId => GetEffectiveGroupId();

    /// <summary>Gets the supplementary groups of the calling thread.</summary>
    internal static uint[] GetGroups()
    {
        while (true)
        {
            var count = GetGroupsRaw(0, null);
            if (count <= 0) return [];
            var groups = new uint[count];
            fixed (uint* start = groups)
            {
                var read = GetGroupsRaw(count, start);
                if (read >= 0) return groups[..read];
            }
        }
    }

    /// <summary>Sets the supplementary groups of the calling thread alone; false when that is not permitted.</summary>
    internal static bool TrySetGroups(uint[] groups)
    {
        fixed (uint* start = groups) return SystemCall(SetGroupsNumber, groups.Length, start) == 0;
    }

    /// <summary>Sets the ids with which the calling thread uses files; false when they were not set.</summary>
    internal static bool TrySetIds(uint userId, uint groupId)
    {
        // Neither call reports a failure. Each gives the former id, so a second call tells.
        _ = SetFileGroupId(groupId);
        _ = SetFileUserId(userId);
        return SetFileGroupId(Keep) == groupId && SetFileUserId(Keep) == userId;
    }

    /// <summary>Gets the groups of a user, the primary one included.</summary>
    internal static uint[] FindGroups(string userName, uint primaryGroupId)
    {
        var count = 64;
        while (true)
        {
            var groups = new uint[count];
            fixed (uint* start = groups)
            {
                var found = count;
                if (GetGroupList(userName, primaryGroupId, start, &found) >= 0) return groups[..found];
                count = Math.Max(found, count * 2);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    private static partial uint GetEffectiveGroupId();

    [LibraryImport("libc", EntryPoint = "getgroups", SetLastError = true)]
    private static partial int GetGroupsRaw(int count, uint* groups);

    [LibraryImport("libc", EntryPoint = "getgrouplist", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetGroupList(string userName, uint groupId, uint* groups, int* count);

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial uint SetFileUserId(uint userId);

    [LibraryImport("libc", EntryPoint = "setfsgid")]
    private static partial uint SetFileGroupId(uint groupId);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint count, uint* groups);
}
