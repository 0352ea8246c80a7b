using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Processes.Inspection;

/// <summary>Ends the processes of sessions whose leaders have ended or are about to. Linux only.</summary>
internal static class SessionMembers
{
    // A process that forks while the list is read is found by the next reading.
    private const int MaxRounds = 10;

    /// <summary>Sends SIGKILL to all processes of some sessions.</summary>
    /// <param name="leaders">The leaders of the sessions by their ids, with their starts (<see cref="ProcessStat.StartTicks"/>).</param>
    /// <remarks>
    /// The system gives the id of a session to nothing else as long as the session has a process. A session whose leader was
    /// started at another time is another one.
    /// </remarks>
    internal static void Kill(IReadOnlyDictionary<int, long> leaders)
    {
        if (leaders.Count == 0) return;
        for (var round = 0; round < MaxRounds; round++)
        {
            var found = false;
            foreach (var member in ProcessStat.Running())
            {
                if (!leaders.TryGetValue(member.SessionId, out var start) || member.StartTicks < start) continue;
                if (ProcessStat.ReadAny(member.SessionId) is { } leader && leader.StartTicks != start) continue;
                found |= TryKill(member);
            }

            if (!found) return;
        }
    }

    // Open the handle first, then check the identity: another process can get the id before that, but not afterwards.
    private static bool TryKill(ProcessStat member)
    {
        var descriptor = LibC.OpenProcessHandle(member.ProcessId);
        if (descriptor < 0) return false;
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        return ProcessStat.Read(member.ProcessId) is { } now && now.StartTicks == member.StartTicks && now.SessionId == member.SessionId
            && LibC.SignalHandle(descriptor, Signals.Kill, group: false) == 0;
    }
}
