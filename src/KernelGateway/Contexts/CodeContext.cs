using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Languages;
using KernelGateway.Telemetry;

namespace KernelGateway.Contexts;

/// <summary>A lasting place to run code: one kernel, its state, and a queue in front of it.</summary>
/// <remarks>
/// Executions run one after another in the order in which they were submitted. An idle context uses memory only.
/// </remarks>
public sealed class CodeContext : ICodeContext, IExecutionOwner
{
    private readonly ContextServices _services;
    private readonly ExecutionRunner _runner;
    private readonly SubmissionCheck _check;
    private readonly Func<string, Task> _remove;
    private readonly Lock _gate = new();
    private readonly LinkedList<Execution> _queue = new();
    private Execution? _current;
    private Task _pump = Task.CompletedTask;
    private bool _removed;
    private string? _removalReason;

    internal CodeContext(
        Kernel kernel, string language, string workingDirectory, long number, ContextServices services, Func<string, Task> remove)
    {
        _remove = remove;
        Number = number;
        Kernel = kernel;
        Language = language;
        WorkingDirectory = workingDirectory;
        CreatedAt = services.Time.GetUtcNow();
        _services = services;

        // A context may have been created by the name of a kernelspec; then the kernel states its language.
        var profile = LanguageProfile.Find(language)
            ?? LanguageProfile.Find(kernel.Spec?.Language)
            ?? LanguageProfile.Find(kernel.Info?.LanguageInfo.Name);
        SupportsExecutionVariables = profile is not null;
        _check = new SubmissionCheck(language, profile, services.ContextOptions.MaxCodeBytes);
        _runner = new ExecutionRunner(kernel, profile, services);
    }

    /// <summary>Gets the id: a GUID, the same as its kernel's.</summary>
    public string Id => Kernel.Id;

    /// <summary>Gets the language, in lower case.</summary>
    public string Language { get; }

    /// <summary>Gets the working directory its kernel was started in.</summary>
    public string WorkingDirectory { get; }

    /// <summary>Gets when it was created, UTC.</summary>
    public DateTimeOffset CreatedAt { get; }

    /// <summary>Gets its kernel.</summary>
    public Kernel Kernel { get; }

    /// <summary>Gets a value indicating whether variables of one execution can be set in its language.</summary>
    public bool SupportsExecutionVariables { get; }

    /// <summary>Gets the execution that runs at this moment, or null.</summary>
    public Execution? CurrentExecution
    {
        get
        {
            lock (_gate) return _current;
        }
    }

    /// <summary>Gets how many executions wait.</summary>
    public int QueuedExecutions
    {
        get
        {
            lock (_gate) return _queue.Count;
        }
    }

    /// <summary>Submits code to the context and returns at once; it runs when those before it have ended.</summary>
    /// <param name="code">The code, sent to the kernel as it is.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <exception cref="QueueFullException">Too many wait already.</exception>
    /// <exception cref="MemoryLimitException">The code does not fit into the memory that the gateway may use.</exception>
    /// <exception cref="ContextNotFoundException">The context has been removed.</exception>
    /// <exception cref="ArgumentException">
    /// The code or the time limit is too long, or variables are given and the language has no way to set them.
    /// </exception>
    public Execution Submit(string code, ExecutionOptions? options = null) => Accept(code, options);

    /// <summary>Runs code, calls the callbacks as its events come, and waits for its end.</summary>
    /// <param name="code">The code.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="callbacks">What is called with its events; null for nothing.</param>
    /// <param name="cancellationToken">Interrupts the execution, or takes it out of the queue, and stops waiting.</param>
    /// <returns>The execution, over, with its result. Code that raises is a result, not an exception.</returns>
    /// <exception cref="QueueFullException">Too many wait already.</exception>
    /// <exception cref="MemoryLimitException">The code does not fit into the memory that the gateway may use.</exception>
    /// <exception cref="ContextNotFoundException">The context has been removed.</exception>
    /// <exception cref="ArgumentException">
    /// The code or the time limit is too long, or variables are given and the language has no way to set them.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token fired before the end.</exception>
    public async Task<Execution> RunAsync(
        string code,
        ExecutionOptions? options = null,
        ExecutionCallbacks? callbacks = null,
        CancellationToken cancellationToken = default)
    {
        var execution = Accept(code, options, allowStdin: callbacks?.OnInput is not null);
        var builder = new ExecutionResultBuilder();
        var events = EventDelivery.ReadToEndAsync(execution, callbacks, cancellationToken);
        await foreach (var executionEvent in events.ConfigureAwait(false))
        {
            builder.Apply(executionEvent);
        }

        await execution.Ended.ConfigureAwait(false);
        execution.SetResult(builder.Build());
        return execution;
    }

    /// <summary>Runs code and gives its events as they come.</summary>
    /// <param name="code">The code.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="cancellationToken">
    /// Interrupts the execution, or takes it out of the queue. Leaving the enumeration early does the same.
    /// </param>
    /// <remarks>
    /// With <see cref="ExecutionOptions.AllowStdin"/> the reader answers each <see cref="InputRequestEvent"/> with
    /// <see cref="Execution.SendInputAsync"/> of <see cref="CurrentExecution"/>.
    /// </remarks>
    public IAsyncEnumerable<ExecutionEvent> StreamAsync(
        string code, ExecutionOptions? options = null, CancellationToken cancellationToken = default) =>
        EventDelivery.ReadToEndAsync(Accept(code, options), null, cancellationToken);

    /// <summary>
    /// Returns its executions that can still be found by id, in the order in which they were accepted, those that wait among
    /// them.
    /// </summary>
    public IReadOnlyList<Execution> ListExecutions() => _services.Executions.ListOf(this);

    /// <summary>Interrupts the execution that runs at this moment; has no effect when none runs.</summary>
    /// <param name="cancellationToken">Stops waiting; the interrupt continues.</param>
    /// <returns>True when an execution was ended by this.</returns>
    public async Task<bool> InterruptAsync(CancellationToken cancellationToken = default) =>
        CurrentExecution is { } current && await current.InterruptAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Restarts the kernel: same id, new process, no state. Executions that run or wait end with <c>restarted</c>.
    /// </summary>
    /// <param name="cancellationToken">Cancels the start of the new process.</param>
    /// <exception cref="KernelRestartRefusedException">A new process could not be started; the context continues with the old
    /// process.</exception>
    /// <exception cref="KernelLaunchException">The new process did not start; the context is dead until it is restarted again.</exception>
    public Task RestartAsync(CancellationToken cancellationToken = default) =>
        Kernel.RestartAsync(EndWaiting, cancellationToken);

    /// <inheritdoc/>
    async Task<ExecutionResult> ICodeContext.RunAsync(
        string code, ExecutionOptions? options, ExecutionCallbacks? callbacks, CancellationToken cancellationToken)
    {
        var execution = await RunAsync(code, options, callbacks, cancellationToken).ConfigureAwait(false);
        return execution.Result;
    }

    /// <inheritdoc/>
    Task<IExecution> ICodeContext.SubmitAsync(string code, ExecutionOptions? options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IExecution>(Submit(code, options));
    }

    /// <inheritdoc/>
    Task ICodeContext.RemoveAsync(CancellationToken cancellationToken) => _remove(Id).WaitAsync(cancellationToken);

    /// <summary>Gets its place in the order of creation.</summary>
    internal long Number { get; }

    /// <summary>Gets the limits of its executions.</summary>
    internal ContextOptions Limits => _services.ContextOptions;

    /// <inheritdoc/>
    async Task<bool> IExecutionOwner.InterruptAsync(Execution execution, ExecutionStopCause cause, CancellationToken cancellationToken)
    {
        bool waited;
        lock (_gate) waited = _queue.Remove(execution);
        if (!waited) return await _runner.InterruptAsync(execution, cause).WaitAsync(cancellationToken).ConfigureAwait(false);

        _runner.EndWithoutRunning(execution, ExecutionEndReason.Interrupted, "It was cancelled while it waited and never reached the kernel.", cause);
        return true;
    }

    /// <inheritdoc/>
    Task IExecutionOwner.SendInputAsync(Execution execution, string value, CancellationToken cancellationToken) =>
        _runner.SendInputAsync(execution, value, cancellationToken);

    /// <summary>Stops accepting executions, unless it is busy and busy contexts are to be kept.</summary>
    /// <param name="evenBusy">Whether a busy context is retired too.</param>
    /// <param name="reason">Why, as the rest of a sentence that begins with the context.</param>
    internal bool TryRetire(bool evenBusy, string reason)
    {
        lock (_gate)
        {
            if (_removed || (!evenBusy && _current is not null)) return false;
            _removalReason = reason;
            return _removed = true;
        }
    }

    /// <summary>Ends its executions and shuts its kernel down; an attached kernel is detached.</summary>
    /// <param name="reason">Why, as the rest of a sentence that begins with the context; null when it was asked for.</param>
    internal async Task RemoveAsync(string? reason = null)
    {
        lock (_gate)
        {
            _removed = true;
            _removalReason ??= reason;
        }

        var explanation = reason is null ? null : $"The context {reason}.";
        EndQueued(ExecutionEndReason.Removed, explanation ?? "The context was removed while it waited.");
        try
        {
            await Kernel.ShutDownAsync(explanation).ConfigureAwait(false);
            await _pump.ConfigureAwait(false);
        }
        finally
        {
            _services.Executions.Evict(this);
        }
    }

    private Execution Accept(string code, ExecutionOptions? given, bool allowStdin = false)
    {
        var options = (given ?? new ExecutionOptions()).Copy(allowStdin);
        options.Timeout = TimeLimit.Choose(options.Timeout, _services.ContextOptions, nameof(options));
        _check.Check(code, options);
        var limits = _services.ContextOptions;
        var journal = new ExecutionJournal(_services.Journals, limits.JournalMemoryBytes, limits.MaxOutputBytes);
        var id = Guid.NewGuid().ToString("N");
        var trace = new ExecutionTrace(
            _services.Telemetry, _services.Time, Id, id, Kernel.Spec?.Name ?? TelemetryNames.AttachedKernel, Language);
        var execution = new Execution(id, this, code, options, journal, _services.Time.GetUtcNow()) { Trace = trace };
        try
        {
            Enqueue(execution);
            return execution;
        }
        catch (Exception exception)
        {
            trace.Refuse(exception);
            throw;
        }
    }

    private void Enqueue(Execution execution)
    {
        var limits = _services.ContextOptions;
        lock (_gate)
        {
            if (_removed) throw new ContextNotFoundException(Id, _removalReason);
            if (_current is not null && _queue.Count >= limits.MaxQueuedExecutions) throw new QueueFullException(Id, _queue.Count);
            if (!_services.Executions.TryAdd(execution)) throw new MemoryLimitException(execution.CodeCost);
            if (_current is not null)
            {
                _queue.AddLast(execution);
            }
            else
            {
                _current = execution;
                using (ExecutionContext.SuppressFlow()) _pump = Task.Run(() => PumpAsync(execution));
            }
        }
    }

    private async Task PumpAsync(Execution first)
    {
        for (var execution = first; execution is not null; execution = TakeNext())
        {
            await _runner.RunAsync(execution).ConfigureAwait(false);
        }
    }

    private Execution? TakeNext()
    {
        lock (_gate)
        {
            _current = _queue.First?.Value;
            if (_current is not null) _queue.RemoveFirst();
            return _current;
        }
    }

    private void EndWaiting()
    {
        EndQueued(Withdrawal.Restarted.Reason, Withdrawal.Restarted.Message);
        if (CurrentExecution is { } current) _runner.Withdraw(current, Withdrawal.Restarted);
    }

    private void EndQueued(ExecutionEndReason reason, string message)
    {
        List<Execution> waiting;
        lock (_gate)
        {
            waiting = [.. _queue];
            _queue.Clear();
        }

        foreach (var execution in waiting) _runner.EndWithoutRunning(execution, reason, message, isStatePreserved: false);
    }
}
