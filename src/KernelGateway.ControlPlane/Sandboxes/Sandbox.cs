using System.Diagnostics.CodeAnalysis;
using KernelGateway.ControlPlane.Storage;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>What a sandbox is doing at the moment.</summary>
internal enum SandboxState
{
    /// <summary>It is being created; only its creator knows it.</summary>
    Creating,

    /// <summary>It is in a pool; nobody was told of it.</summary>
    Ready,

    /// <summary>It can be used.</summary>
    Running,

    /// <summary>It is being paused.</summary>
    Pausing,

    /// <summary>Its processes are stopped, or only its files are kept.</summary>
    Paused,

    /// <summary>It is being resumed.</summary>
    Resuming,

    /// <summary>It is being ended.</summary>
    Killing,

    /// <summary>It is no longer there.</summary>
    Gone,
}

/// <summary>A sandbox of this control plane.</summary>
/// <remarks>
/// The state changes under <c>_gate</c>, and says at once what nobody may do any more. The operation behind a change runs under
/// <see cref="Transitions"/>, one after another. The record changes under <see cref="Writes"/> when its new form is stored.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Semaphores without a wait handle and cancellation sources without a timer need no disposal.")]
internal sealed class Sandbox
{
    /// <summary>How long the end of a sandbox waits for its sidecar to close the connections of the SDKs' first generation.</summary>
    public static readonly TimeSpan FarewellLimit = TimeSpan.FromMilliseconds(500);

    private const int MaxEntries = 1000;

    private readonly Lock _gate = new();
    private readonly Queue<SandboxLogEntry> _entries = new();   // Guarded by _gate.
    private readonly CancellationTokenSource _ending = new();
    private SandboxState _state;                                // Guarded by _gate.
    private SandboxRecord _record;                              // Written under Writes, with _gate; read with _gate.
    private CancellationTokenSource _connections = new();       // Guarded by _gate.
    private TaskCompletionSource _changed = NewSignal();        // Guarded by _gate.
    private int _generation;                                    // Guarded by _gate.
    private int _incarnation;
    private int _counted;
    private int _firstSockets;

    public Sandbox(SandboxRecord record, SandboxState state)
    {
        _record = record;
        _state = state;
    }

    public string Id => Record.Id;

    /// <summary>Gets the record as it is stored.</summary>
    public SandboxRecord Record
    {
        get
        {
            lock (_gate) return _record;
        }
    }

    public SandboxState State
    {
        get
        {
            lock (_gate) return _state;
        }
    }

    /// <summary>Gets the lock of pausing, resuming, copying and ending.</summary>
    public SemaphoreSlim Transitions { get; } = new(1, 1);

    /// <summary>Gets the lock of changing the record.</summary>
    public SemaphoreSlim Writes { get; } = new(1, 1);

    /// <summary>Gets the token that is cancelled when the sandbox begins to end.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>Gets the samples of its use.</summary>
    public UsageSamples Samples { get; } = new();

    /// <summary>Gets what happened to it, the oldest first.</summary>
    public IReadOnlyList<SandboxLogEntry> Entries
    {
        get
        {
            lock (_gate) return [.. _entries];
        }
    }

    /// <summary>Gets how often processes of it were started or given up, so that news of earlier ones can be told apart.</summary>
    public int Incarnation => Volatile.Read(ref _incarnation);

    /// <summary>Begins the next incarnation, and returns its number.</summary>
    public int BeginIncarnation() => Interlocked.Increment(ref _incarnation);

    /// <summary>Notes that it counts against its team's limits.</summary>
    public void Count() => Volatile.Write(ref _counted, 1);

    /// <summary>Notes that it no longer counts; false when it did not.</summary>
    public bool TryUncount() => Interlocked.Exchange(ref _counted, 0) == 1;

    /// <summary>Gets a value indicating whether clients of the first generation are connected.</summary>
    public bool HasFirstSockets => Volatile.Read(ref _firstSockets) > 0;

    /// <summary>Notes that one of them has connected, or has gone.</summary>
    public void CountFirstSocket(bool isOpen)
    {
        if (isOpen) Interlocked.Increment(ref _firstSockets);
        else Interlocked.Decrement(ref _firstSockets);
    }

    /// <summary>Returns the state and what a connection needs: its token is cancelled when the sandbox is paused or ends.</summary>
    public (SandboxState State, int Generation, CancellationToken Connections) Look()
    {
        lock (_gate) return (_state, _generation, _connections.Token);
    }

    /// <summary>Changes the state if it is the one that is expected; false when it is another one.</summary>
    public bool TryChange(SandboxState from, SandboxState to)
    {
        lock (_gate)
        {
            if (_state != from) return false;
            Set(to);
            return true;
        }
    }

    /// <summary>Begins the end; false when it has begun already.</summary>
    public bool TryEnd()
    {
        lock (_gate)
        {
            if (_state is SandboxState.Killing or SandboxState.Gone) return false;
            Set(SandboxState.Killing);
        }

        _ending.Cancel();
        return true;
    }

    /// <summary>Changes the state at the end of a transition, unless the sandbox is being ended meanwhile.</summary>
    public bool Complete(SandboxState state)
    {
        lock (_gate)
        {
            if (_state is SandboxState.Killing or SandboxState.Gone) return false;
            Set(state);
            return true;
        }
    }

    /// <summary>Marks the sandbox as gone.</summary>
    public void Remove()
    {
        lock (_gate) Set(SandboxState.Gone);
    }

    /// <summary>Makes a stored record the current one.</summary>
    public void Apply(SandboxRecord record)
    {
        lock (_gate) _record = record;
    }

    /// <summary>Returns a task that completes when the state is no longer the given one.</summary>
    public Task WhenNot(SandboxState state)
    {
        lock (_gate) return _state == state ? _changed.Task : Task.CompletedTask;
    }

    /// <summary>Adds an entry to the log of the sandbox; beyond a thousand the oldest is dropped.</summary>
    public void Report(DateTimeOffset time, string level, string message)
    {
        lock (_gate)
        {
            if (_entries.Count == MaxEntries) _entries.Dequeue();
            _entries.Enqueue(new SandboxLogEntry(time, level, message));
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Set(SandboxState state)
    {
        if (_state == SandboxState.Running)
        {
            // Streams are aborted, never ended: a client must not take what it has for the whole.
            var connections = _connections;
            _connections = new CancellationTokenSource();
            _generation++;
            _ = connections.CancelAsync();
        }

        _state = state;
        _changed.TrySetResult();
        _changed = NewSignal();
    }
}

/// <summary>Something that happened to a sandbox.</summary>
/// <param name="Time">When.</param>
/// <param name="Level"><c>info</c>, <c>warn</c> or <c>error</c>.</param>
/// <param name="Message">What.</param>
internal sealed record SandboxLogEntry(DateTimeOffset Time, string Level, string Message);
