using System.Globalization;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Notebooks.Outputs;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Notebooks;

/// <summary>One run of a notebook: its cells one after another, until the last or until one fails.</summary>
internal sealed class CellSequence
{
    private readonly CodeContext _context;
    private readonly Notebook _notebook;
    private readonly NotebookRunOptions _options;
    private readonly NotebookCallbacks _callbacks;
    private readonly OutputBudget _budget;
    private readonly DisplayIds _displays;
    private readonly List<(Execution Execution, CellOutputs Outputs)> _run = [];
    private NotebookFailure? _failure;

    public CellSequence(CodeContext context, Notebook notebook, NotebookRunOptions options, NotebookCallbacks callbacks)
    {
        _context = context;
        _notebook = notebook;
        _options = options;
        _callbacks = callbacks;
        _budget = new OutputBudget(options.MaxOutputBytes);
        _displays = new DisplayIds(_budget);
    }

    public async Task<NotebookRun> RunAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        NotebookKernel.Describe(_context, _notebook.Metadata);
        _notebook.RepairIds();
        var cells = _notebook.Cells.Where(cell => cell is { IsCode: true, IsSkipped: false }).ToArray();
        var outputs = cells.ToDictionary(cell => cell, cell => cell.Clear());
        var written = cells.Where(cell => !string.IsNullOrWhiteSpace(cell.Source)).ToArray();
        for (var i = 0; i < written.Length && _failure is null; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var progress = new NotebookProgress(written[i], i + 1, written.Length, End: null);
            _callbacks.OnCellStarting?.Invoke(progress);
            var end = await RunAsync(written[i], outputs[written[i]], cancellationToken).ConfigureAwait(false);
            if (_callbacks.OnCellEnded is { } ended) await ended(progress with { End = end }, cancellationToken).ConfigureAwait(false);
        }

        foreach (var (execution, cellOutputs) in _run) ApplyLate(execution, cellOutputs);
        return new NotebookRun(_notebook, _run.Count(HasRun), written.Length, _failure);
    }

    // A kernel that dies at once reports nothing about the cell.
    private bool HasRun((Execution Execution, CellOutputs Outputs) cell) =>
        cell.Outputs.HasRun || (_failure?.Reason == ExecutionEndReason.KernelDied && cell == _run[^1]);

    private async Task<ExecutionEnd> RunAsync(NotebookCell cell, JArray list, CancellationToken cancellationToken)
    {
        var outputs = new CellOutputs(cell, list, _displays, _budget);
        var end = TrySubmit(cell, out var execution) is { } refused
            ? refused
            : await ReadAsync(cell, execution!, outputs, cancellationToken).ConfigureAwait(false);
        if (_budget.IsSpent) end = PassedLimit(end);
        if (end.Reason == ExecutionEndReason.Completed) return end;
        if (end.Reason == ExecutionEndReason.Error && (_options.AllowErrors || cell.MayRaise)) return end;

        _failure = NotebookFailure.Create(cell, end, outputs.Error);

        // The cell shows a reader of the notebook why the run ended there.
        if (outputs.Error is null) outputs.AddError(_failure.Error);
        return end;
    }

    // The first refusal is thrown to the caller; a later one is the end of the run.
    private ExecutionEnd? TrySubmit(NotebookCell cell, out Execution? execution)
    {
        execution = null;
        try
        {
            execution = _context.Submit(cell.Source, new ExecutionOptions { Timeout = _options.CellTimeout });
            return null;
        }
        catch (ContextNotFoundException exception) when (_run.Count > 0)
        {
            return new ExecutionEnd { Reason = ExecutionEndReason.Removed, Message = exception.Message, IsStatePreserved = false };
        }
        catch (Exception exception) when (exception is ArgumentException || (exception is QueueFullException or MemoryLimitException && _run.Count > 0))
        {
            return new ExecutionEnd { Reason = ExecutionEndReason.Rejected, Message = exception.Message };
        }
    }

    private async Task<ExecutionEnd> ReadAsync(
        NotebookCell cell, Execution execution, CellOutputs outputs, CancellationToken cancellationToken)
    {
        _run.Add((execution, outputs));
        using var reader = execution.Journal.OpenReader(0);
        try
        {
            return await ReadToEndAsync(cell, execution, reader, outputs, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The remaining output of the cell belongs into the notebook too, in particular its KeyboardInterrupt.
            await execution.InterruptAsync(_options.CancelledBy, CancellationToken.None).ConfigureAwait(false);
            await ReadToEndAsync(cell, execution, reader, outputs, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        catch
        {
            // An exception of the caller's callback: the cell is no longer awaited.
            _ = execution.InterruptAsync(CancellationToken.None);
            throw;
        }
        finally
        {
            outputs.Flush();
        }
    }

    private async Task<ExecutionEnd> ReadToEndAsync(
        NotebookCell cell, Execution execution, JournalReader reader, CellOutputs outputs, CancellationToken cancellationToken)
    {
        var isStopping = false;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            while (reader.TryReadEvent() is { } executionEvent)
            {
                outputs.Apply(executionEvent);
                _callbacks.OnEvent?.Invoke(cell, executionEvent);
                if (_options.RecordTiming) RecordTime(cell, executionEvent);
                if (executionEvent is EndEvent { End: var end }) return end;
                if (!_budget.IsSpent || isStopping) continue;
                isStopping = true;
                _ = execution.InterruptAsync(ExecutionStopCause.OutputLimit, CancellationToken.None);
            }

            // Without a next event and without an end, the journal was evicted, for example because the gateway stops.
            if (reader.WhenAppended() is not { } appended) return new ExecutionEnd { Reason = ExecutionEndReason.Removed, IsStatePreserved = false };
            await appended.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // Threads and timers of a cell write on while later cells run.
    private static void ApplyLate(Execution execution, CellOutputs outputs)
    {
        JournalReader reader;
        try
        {
            reader = execution.Journal.OpenReader(execution.Journal.EndSequence);
        }
        catch (ObjectDisposedException)
        {
            // No longer retained, because many cells have been run since.
            return;
        }

        using (reader)
        {
            while (reader.TryReadEvent() is { } executionEvent) outputs.Apply(executionEvent);
        }

        outputs.Flush();
    }

    // Also when the cell came to its end before the interrupt came to the cell: its output is not all there.
    private ExecutionEnd PassedLimit(ExecutionEnd end) =>
        end.Reason is ExecutionEndReason.Completed or ExecutionEndReason.Error or ExecutionEndReason.Interrupted
            ? end with
            {
                Reason = ExecutionEndReason.Interrupted,
                StoppedBy = ExecutionStopCause.OutputLimit,
                Message = $"The outputs of the notebook passed the limit of {_budget.Limit} bytes.",
            }
            : end;

    // nbformat 4.5, Cell metadata, execution.
    private static void RecordTime(NotebookCell cell, ExecutionEvent executionEvent)
    {
        if (executionEvent is StartedEvent)
        {
            cell.Metadata["execution"] = new JObject { ["iopub.execute_input"] = TimeOf(executionEvent) };
        }
        else if (executionEvent is EndEvent { End: var end } && cell.Metadata["execution"] is JObject times)
        {
            if (end.IdleSeen) times["iopub.status.idle"] = TimeOf(executionEvent);
            if (end.ReplySeen) times["shell.execute_reply"] = TimeOf(executionEvent);
        }
    }

    private static string TimeOf(ExecutionEvent executionEvent) =>
        executionEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
}
