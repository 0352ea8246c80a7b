using System.Runtime.InteropServices;
using KernelGateway.Processes.Inspection;

namespace KernelGateway.Processes.Monitoring;

/// <summary>Reaps the exited processes that process 1 of a container inherits.</summary>
/// <remarks>
/// Processes with another waiter are left alone: what was started here is watched by the <see cref="ProcessMonitor"/>, and
/// processes that the host starts with .NET's Process class are in the host's own session, in which an orphan of a kernel's
/// session cannot be.
/// </remarks>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
internal sealed class OrphanReaper : IDisposable
{
    private readonly ProcessMonitor _monitor;
    private readonly int _ownSession = ProcessStat.ReadAny(Environment.ProcessId)?.SessionId ?? 0;
    private readonly PosixSignalRegistration _registration;
    private int _requests;

    private OrphanReaper(ProcessMonitor monitor)
    {
        _monitor = monitor;
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Request());
        Request();
    }

    /// <summary>Starts it if this is process 1; null otherwise.</summary>
    internal static OrphanReaper? StartInFirstProcess() =>
        OperatingSystem.IsLinux() && Environment.ProcessId == 1 ? new OrphanReaper(ProcessMonitor.Shared) : null;

    public void Dispose() => _registration.Dispose();

    private void Request()
    {
        // One signal can be for many children, and many signals need one search.
        if (Interlocked.Increment(ref _requests) == 1) ThreadPool.UnsafeQueueUserWorkItem(static reaper => reaper.Run(), this, preferLocal: false);
    }

    private void Run()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _requests);
            foreach (var process in ProcessStat.All())
            {
                if (process.State == 'Z' && process.ParentId == Environment.ProcessId && process.SessionId != _ownSession)
                    _monitor.ReapUnlessWatched(process.ProcessId);
            }
        }
        while (Interlocked.CompareExchange(ref _requests, 0, seen) != seen);
    }
}
