using System.Runtime.CompilerServices;
using KernelGateway.Telemetry;

namespace KernelGateway.Executions;

/// <summary>One piece of code given to a context, with everything that results from it.</summary>
/// <remarks>It exists, with its id, before anything is sent to a kernel; its events can be read from any position, by many readers.</remarks>
public sealed class Execution : IExecution
{
    // The objects that an execution consists of, with those of its journal and its place in the lists.
    private const long Overhead = 1536;

    private readonly IExecutionOwner _owner;
    private readonly TaskCompletionSource<ExecutionEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<ExecutionResult>? _completion;     // Set once, under the lock of _ended.
    private ExecutionResult? _result;

    internal Execution(
        string id, IExecutionOwner owner, string code, ExecutionOptions options, ExecutionJournal journal, DateTimeOffset createdAt)
    {
        Id = id;
        _owner = owner;
        Code = code;
        Options = options;
        Journal = journal;
        CreatedAt = createdAt;
        CodeCost = Overhead + sizeof(char) * (code.Length
            + (options.EnvironmentVariables?.Sum(variable => (long)variable.Key.Length + variable.Value.Length) ?? 0));
    }

    /// <summary>Gets the id, unique in the gateway.</summary>
    public string Id { get; }

    /// <summary>Gets the id of the context it runs in.</summary>
    public string ContextId => _owner.Id;

    /// <summary>Gets the code, as it was given.</summary>
    public string Code { get; }

    /// <summary>Gets when it was accepted, UTC.</summary>
    public DateTimeOffset CreatedAt { get; }

    /// <summary>Gets its status.</summary>
    public ExecutionStatus Status =>
        _ended.Task.IsCompleted ? ExecutionStatus.Ended : IsRunning ? ExecutionStatus.Running : ExecutionStatus.Queued;

    /// <summary>Gets a task that completes when the execution has ended, with how it ended. It never faults.</summary>
    public Task<ExecutionEnd> Ended => _ended.Task;

    /// <summary>Gets a task that completes when the execution has ended, with its result. Code that raises is a result.</summary>
    /// <remarks>
    /// The first access begins to read the events; the result then stays in memory with this object. It fails with an
    /// <see cref="ObjectDisposedException"/> when the execution had been given up by then
    /// (see <see cref="KernelGatewayOptions.RetainedExecutions"/>).
    /// </remarks>
    public Task<ExecutionResult> Completion
    {
        get
        {
            lock (_ended) return _completion ??= _result is { } result ? Task.FromResult(result) : FoldAsync();
        }
    }

    /// <summary>Gets the sequence number of the newest event; 0 while there is none.</summary>
    public long LastSequence => Journal.LastSequence;

    /// <summary>Gets how many events were not kept, because of a limit or because neither memory nor disk had room for them.</summary>
    /// <remarks>Those before the end are in <see cref="ExecutionEnd.DroppedEvents"/>, too; output that comes after the end counts here only.</remarks>
    public long DroppedEvents => Journal.DroppedEvents;

    /// <summary>Gets how much was dropped with them, in bytes of JSON.</summary>
    public long DroppedBytes => Journal.DroppedBytes;

    /// <summary>Gets the results, when it has ended (<see cref="Completion"/>, <see cref="WaitAsync"/>).</summary>
    public IReadOnlyList<ExecutionOutput> Results => Result.Results;

    /// <summary>Gets the written text, when it has ended.</summary>
    public ExecutionLogs Logs => Result.Logs;

    /// <summary>Gets the error that the code raised, or null, when it has ended.</summary>
    public ExecutionError? Error => Result.Error;

    /// <summary>Gets the plain text of the value of the cell, or null, when it has ended.</summary>
    public string? Text => Result.Text;

    /// <summary>Gets the kernel's number for the cell, or null, when it has ended.</summary>
    public int? ExecutionCount => Result.ExecutionCount;

    /// <summary>Gets how it ended, when it has ended.</summary>
    public ExecutionEnd End => Result.End!;

    /// <summary>Gets its result as one value, when it has ended.</summary>
    /// <remarks>The first call reads the events, the spilled ones from the disk; <see cref="WaitAsync"/> has done so.</remarks>
    /// <exception cref="InvalidOperationException">The execution is not over.</exception>
    /// <exception cref="ObjectDisposedException">It ended long ago and is no longer retained (see
    /// <see cref="KernelGatewayOptions.RetainedExecutions"/>).</exception>
    public ExecutionResult Result => _result ??= ReadResult();

    internal ExecutionOptions Options { get; }

    internal ExecutionJournal Journal { get; }

    internal bool IsRunning { get; set; }

    // Its times and its span; null if it is not measured.
    internal ExecutionTrace? Trace { get; init; }

    // Its number in the order in which executions were accepted.
    internal long Number { get; set; }

    // The cost of its code and variables, with the objects of the execution.
    internal long CodeCost { get; }

    // The cost that the registry counts for it since its end.
    internal long RetiredBytes { get; set; }

    // Its node in the list of ended executions; null before its end and after its eviction.
    internal LinkedListNode<Execution>? Retired { get; set; }

    /// <summary>
    /// Reads the past and the future events until the execution has ended and all of them have been read.
    /// </summary>
    /// <param name="after">The sequence number after which to begin; 0 for all.</param>
    /// <param name="cancellationToken">Stops reading; the execution continues.</param>
    /// <exception cref="ObjectDisposedException">The execution ended long ago and is no longer retained (see
    /// <see cref="KernelGatewayOptions.RetainedExecutions"/>).</exception>
    /// <exception cref="TimeoutException">
    /// Nothing was read for <see cref="KernelGatewayOptions.ReaderIdleTimeout"/>, and the execution is no longer retained.
    /// </exception>
    public async IAsyncEnumerable<ExecutionEvent> ReadEventsAsync(
        long after = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var reader = Journal.OpenReader(after);
        while (true)
        {
            while (reader.TryReadEvent() is { } executionEvent) yield return executionEvent;

            if (reader.WhenAppended() is not { } appended) yield break;
            await appended.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<ExecutionResult> FoldAsync()
    {
        var folding = ReadToEndAsync();

        // A caller that awaits it gets the failure; without a caller it must not be an unobserved exception.
        _ = folding.ContinueWith(
            static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return folding;
    }

    // The reader is open when this returns, so the events are kept until they have been read.
    private async Task<ExecutionResult> ReadToEndAsync()
    {
        using var reader = Journal.OpenReader(0);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var builder = new ExecutionResultBuilder();
        while (!builder.IsOver)
        {
            if (reader.TryReadEvent() is { } executionEvent) builder.Apply(executionEvent);
            else if (reader.WhenAppended() is { } appended) await appended.ConfigureAwait(false);
            else break;
        }

        var end = await Ended.ConfigureAwait(false);
        return _result ??= builder.Build(end);
    }

    private ExecutionResult ReadResult()
    {
        if (!_ended.Task.IsCompleted)
            throw new InvalidOperationException($"Execution {Id} has no result yet; await {nameof(Completion)} first.");
        using var reader = Journal.OpenReader(0);
        var builder = new ExecutionResultBuilder();
        while (reader.TryReadEvent() is { } executionEvent)
        {
            builder.Apply(executionEvent);
            if (executionEvent is EndEvent) break;
        }

        return builder.Build();
    }

    /// <summary>Folds the events so far into one value.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<ExecutionResult> GetResultAsync(CancellationToken cancellationToken = default)
    {
        var last = Journal.LastSequence;
        var builder = new ExecutionResultBuilder();
        if (last == 0) return builder.Build();
        await foreach (var executionEvent in ReadEventsAsync(0, cancellationToken).ConfigureAwait(false))
        {
            builder.Apply(executionEvent);
            if (executionEvent.Sequence >= last) break;
        }

        return builder.Build();
    }

    /// <summary>Waits until the execution has ended and its result can be read from this object.</summary>
    /// <param name="cancellationToken">Stops waiting; the execution continues.</param>
    /// <returns>This execution.</returns>
    public async Task<Execution> WaitAsync(CancellationToken cancellationToken = default)
    {
        await Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        return this;
    }

    /// <inheritdoc/>
    async Task<ExecutionResult> IExecution.WaitAsync(CancellationToken cancellationToken) =>
        await Completion.WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Interrupts the code if it runs, or removes it from the queue if it waits. It never affects another execution.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting; the interrupt continues.</param>
    /// <returns>True when this call ended the execution; false when it had ended before.</returns>
    public Task<bool> InterruptAsync(CancellationToken cancellationToken = default) =>
        InterruptAsync(ExecutionStopCause.Request, cancellationToken);

    /// <summary>Answers the code's request for input.</summary>
    /// <param name="value">The line, without its end.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidOperationException">The code does not wait for input.</exception>
    public Task SendInputAsync(string value, CancellationToken cancellationToken = default) =>
        _owner.SendInputAsync(this, value, cancellationToken);

    internal Task<bool> InterruptAsync(ExecutionStopCause cause, CancellationToken cancellationToken) =>
        _owner.InterruptAsync(this, cause, cancellationToken);

    internal bool IsOf(IExecutionOwner owner) => ReferenceEquals(_owner, owner);

    internal void Complete(ExecutionEnd end)
    {
        // Counted before waiters see the end.
        Trace?.End(
            ExecutionEnd.WireName(end.Reason),
            isSuccess: end.Reason == ExecutionEndReason.Completed,
            end.StoppedBy is { } cause ? ExecutionEnd.WireName(cause) : null);
        _ended.TrySetResult(end);
    }

    internal void SetResult(ExecutionResult result) => _result = result;
}
