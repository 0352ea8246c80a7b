using System.Runtime;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Memory;

/// <summary>
/// Returns memory to the system after a time without activity, and collects garbage while much output is processed.
/// </summary>
/// <remarks>
/// The garbage collector and the C library keep freed memory in case it is needed again. Each use of the account counts as
/// activity and starts a timer, which stops when memory was returned. The collector does not know the limit of the account
/// either: with large bodies and messages the garbage can be as large as the retained memory.
/// </remarks>
internal sealed partial class QuietTrimmer : IDisposable
{
    private const int QuietTicks = 2;

    // How much passes through the account before the memory of the process is looked at, and how much of that may be garbage.
    private const long BytesPerLook = 32L << 20;
    private const long AllowedGarbage = 128L << 20;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(20);

    private readonly ILogger _logger;
    private readonly MemoryAccount _account;
    private readonly Action _trim;
    private readonly ITimer _timer;
    private int _isArmed;
    private bool _wasActive;
    private int _quietTicks;
    private long _passedBytes;
    private int _isCollecting;

    // The memory outside the account after the last collection. Only more than that justifies another collection.
    private long _uncollectable;

    public QuietTrimmer(MemoryAccount account, ILogger logger, TimeProvider time, Action? trim = null)
    {
        _logger = logger;
        _account = account;
        _trim = trim ?? Trim;
        _timer = time.CreateTimer(_ => OnTick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        account.Used = NoteActivity;
        NoteActivity(0);
    }

    private long Uncounted => Environment.WorkingSet - _account.UsedBytes;

    public void Dispose() => _timer.Dispose();

    private void NoteActivity(long bytes)
    {
        if (bytes > 0 && Interlocked.Add(ref _passedBytes, bytes) >= BytesPerLook) LookForGarbage();
        Volatile.Write(ref _wasActive, true);
        if (Volatile.Read(ref _isArmed) == 0 && Interlocked.Exchange(ref _isArmed, 1) == 0) _timer.Change(Tick, Timeout.InfiniteTimeSpan);
    }

    private void LookForGarbage()
    {
        Interlocked.Exchange(ref _passedBytes, 0);
        if (Interlocked.Exchange(ref _isCollecting, 1) != 0) return;
        _uncollectable = Math.Min(_uncollectable, Uncounted);
        if (Uncounted >= Math.Max(AllowedGarbage, _uncollectable + AllowedGarbage / 2))
        {
            // On the caller's thread, so that the source of much garbage is slowed down.
            // Aggressive, because the collector would otherwise keep the freed memory committed.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _uncollectable = Uncounted;
        }

        Volatile.Write(ref _isCollecting, 0);
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
        var libraries = MappedLibraries.Find();
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        TrimNativeHeap();

        // Last, because the collector's own code is in them.
        MappedLibraries.Release(libraries);
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

    [LoggerMessage(4153, LogLevel.Debug, "Memory was released after a minute of inactivity: {BeforeMegabytes} MB resident before, {AfterMegabytes} MB now.")]
    private partial void LogTrimmed(long beforeMegabytes, long afterMegabytes);
}
