namespace KernelGateway.Executions;

/// <summary>Combines events into a result, as <see cref="ICodeContext.RunAsync"/> does: updates replace, cleared output goes.</summary>
/// <remarks>It is for readers of <see cref="ICodeContext.StreamAsync"/> that need the result too. It belongs to one reader.</remarks>
public sealed class ExecutionResultBuilder
{
    private readonly List<ExecutionOutput> _results = [];
    private readonly Dictionary<string, List<int>> _byDisplayId = new(StringComparer.Ordinal);
    private readonly List<string> _stdout = [];
    private readonly List<string> _stderr = [];
    private ExecutionError? _error;
    private int? _executionCount;
    private ExecutionEnd? _end;
    private bool _clearOnNext;

    /// <summary>Gets a value indicating whether the end has been applied.</summary>
    public bool IsOver => _end is not null;

    /// <summary>Adds an event. Events are given once, in their order.</summary>
    /// <param name="executionEvent">The event.</param>
    public void Apply(ExecutionEvent executionEvent)
    {
        ArgumentNullException.ThrowIfNull(executionEvent);
        switch (executionEvent)
        {
            case StartedEvent started:
                _executionCount = started.ExecutionCount;
                break;
            case StreamEvent stream:
                ClearIfDue();
                (stream.IsStderr ? _stderr : _stdout).Add(stream.Text);
                break;
            case ResultEvent result:
                ClearIfDue();
                if (result.DisplayId is { } displayId) Remember(displayId);
                _results.Add(new ExecutionOutput
                {
                    Data = result.Data,
                    Metadata = result.Metadata,
                    IsMainResult = result.IsMainResult,
                    DisplayId = result.DisplayId,
                });
                break;
            case ResultUpdateEvent update when update.DisplayId is { } id:
                Replace(id, update);
                break;
            case ClearOutputEvent { Wait: true }:
                _clearOnNext = true;
                break;
            case ClearOutputEvent:
                Clear();
                break;
            case ErrorEvent error:
                _error = error.Error;
                break;
            case EndEvent end:
                _end = end.End;
                break;
        }
    }

    /// <summary>Returns the result of the events so far.</summary>
    /// <param name="end">The end, for a journal that was evicted before its end was read.</param>
    public ExecutionResult Build(ExecutionEnd? end = null) =>
        new([.. _results], new ExecutionLogs([.. _stdout], [.. _stderr]), _error, _executionCount, _end ?? end);

    private void Replace(string displayId, ResultUpdateEvent update)
    {
        foreach (var i in _byDisplayId.GetValueOrDefault(displayId) ?? [])
        {
            _results[i] = _results[i] with { Data = update.Data, Metadata = update.Metadata };
        }
    }

    private void Remember(string displayId)
    {
        if (!_byDisplayId.TryGetValue(displayId, out var places)) _byDisplayId[displayId] = places = [];
        places.Add(_results.Count);
    }

    private void ClearIfDue()
    {
        if (_clearOnNext) Clear();
    }

    // As a notebook does it: everything shown so far goes, streams included.
    private void Clear()
    {
        _clearOnNext = false;
        _results.Clear();
        _byDisplayId.Clear();
        _stdout.Clear();
        _stderr.Clear();
    }
}
