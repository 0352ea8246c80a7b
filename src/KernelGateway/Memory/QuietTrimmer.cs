using System.Runtime;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Memory;

/// <summary>Gives memory back to the system when the gateway has been quiet for a while.</summary>
/// <remarks>
/// The garbage collector and the C library keep what they once had, in case it is needed again. A timer runs only behind activity, which is
/// each use of the account, and stops when memory was given back.
/// </remarks>
internal sealed partial class QuietTrimmer : IDisposable
{
    private const int QuietTicks = 2;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(20);

    private readonly ILogger _logger;
    private readonly Action _trim;
    private readonly ITimer _timer;
    private int _isArmed;
    private bool _wasActive;
    private int _quietTicks;

    public QuietTrimmer(MemoryAccount account, ILogger logger, TimeProvider time, Action? trim = null)
    {
        _logger = logger;
        _trim = trim ?? Trim;
        _timer = time.CreateTimer(_ => OnTick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        account.Used = NoteActivity;
        NoteActivity();
    }

    public void Dispose() => _timer.Dispose();

    private void NoteActivity()
    {
        Volatile.Write(ref _wasActive, true);
        if (Volatile.Read(ref _isArmed) == 0 && Interlocked.Exchange(ref _isArmed, 1) == 0) _timer.Change(Tick, Timeout.InfiniteTimeSpan);
    }

    private void OnTick()
    {
        _quietTicks = Volatile.Read(ref _wasActive) ? 0 : _quietTicks + 1;
        Volatile.Write(ref _wasActive, false);
        if (_quietTicks < QuietTicks)
        {
            _timer.Change(Tick, Timeout.InfiniteTimeSpan);
            return;
        }

        _quietTicks = 0;
        Volatile.Write(ref _isArmed, 0);
        _trim();
    }

    private void Trim()
    {
        var before = Environment.WorkingSet;
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        TrimNativeHeap();
        LogTrimmed(before >> 20, Environment.WorkingSet >> 20);
    }

    private static void TrimNativeHeap()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no such call, and keeps less.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);

    [LoggerMessage(4153, LogLevel.Debug, "Memory was given back after a minute of quiet: {BeforeMegabytes} MB resident, now {AfterMegabytes} MB.")]
    private partial void LogTrimmed(long beforeMegabytes, long afterMegabytes);
}
