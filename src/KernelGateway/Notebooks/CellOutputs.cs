using KernelGateway.Executions;
using KernelGateway.Notebooks.Outputs;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Notebooks;

/// <summary>Combines the events of an execution into the outputs of a cell, as Jupyter's front ends do.</summary>
/// <remarks>
/// Pieces of one stream that follow each other are one output; displays with an id are found again by updates, also those of later
/// cells; cleared output is removed, at once or when the next output arrives. nbformat 4.5, Code cell outputs.
/// </remarks>
internal sealed class CellOutputs(NotebookCell cell, JArray outputs, DisplayIds displays, OutputBudget budget)
{
    private readonly List<(string? DisplayId, ShownOutput Output)> _shown = [];
    private StreamText? _streamText;
    private JObject? _stream;
    private long _streamSize;
    private long _otherSize;
    private bool _clearOnNext;
    private bool _isCutShort;

    /// <summary>Gets a value indicating whether the kernel ran the code, to the end or not.</summary>
    public bool HasRun { get; private set; }

    /// <summary>Gets the error that the code raised, or null.</summary>
    public ExecutionError? Error { get; private set; }

    public void Apply(ExecutionEvent executionEvent)
    {
        // tslab never reports that it begins; the first output shows it.
        HasRun |= executionEvent is not EndEvent { End.Reason: not (ExecutionEndReason.Completed or ExecutionEndReason.Error) };
        switch (executionEvent)
        {
            case StartedEvent started:
                cell.Json["execution_count"] = Count(started.ExecutionCount);
                break;
            case StreamEvent stream:
                AddStream(stream.IsStderr ? "stderr" : "stdout", stream.Text);
                break;
            case ResultEvent result:
                AddData(result);
                break;
            case ResultUpdateEvent { DisplayId: { } id } update:
                Update(id, OutputData.Create(update.Data, update.Added), OutputData.CreateMetadata(update.Metadata, update.Added), update.Data.RawObject.Length);
                break;
            case ClearOutputEvent { Wait: true }:
                _clearOnNext = true;
                break;
            case ClearOutputEvent:
                Clear();
                break;
            case ErrorEvent error:
                Error = error.Error;
                AddError(error.Error);
                break;
        }
    }

    /// <summary>Adds an error. There is always room for it, because it states why the output ends.</summary>
    public void AddError(ExecutionError error)
    {
        var size = error.Name.Length + error.Value.Length + error.Traceback.Sum(line => (long)line.Length);
        Add(
            new JObject
            {
                ["ename"] = error.Name,
                ["evalue"] = error.Value,
                ["output_type"] = "error",
                ["traceback"] = new JArray(error.Traceback),
            },
            size,
            isNeeded: true);
    }

    /// <summary>Writes the text of the current stream into its output.</summary>
    public void Flush()
    {
        if (_stream is not null) _stream["text"] = _streamText!.ToString();
    }

    private void AddStream(string name, string text)
    {
        ClearIfDue();
        if (text.Length == 0) return;
        if (!budget.CanHold(text.Length))
        {
            CutShort();
            return;
        }

        if (_stream is null || (string?)_stream["name"] != name)
        {
            CloseStream();
            _streamText = new StreamText();
            _stream = new JObject { ["name"] = name, ["output_type"] = "stream", ["text"] = "" };
            outputs.Add(_stream);
        }

        // Counted when it is complete: much of the text may have been overwritten.
        _streamText!.Append(text);
        var more = _streamText.Length - _streamSize;
        _streamSize += more;
        if (!budget.TryTake(more)) CutShort();
    }

    private void AddData(ResultEvent result)
    {
        var json = new JObject { ["data"] = OutputData.Create(result.Data, result.Added) };
        if (result.IsMainResult)
        {
            var count = Count(result.ExecutionCount) ?? cell.ExecutionCount;
            json["execution_count"] = count;
            cell.Json["execution_count"] = count;
        }

        json["metadata"] = OutputData.CreateMetadata(result.Metadata, result.Added);
        json["output_type"] = result.IsMainResult ? "execute_result" : "display_data";

        // A display with a known id updates the earlier displays with this id.
        var size = result.Data.RawObject.Length;
        if (result.DisplayId is { } id) Update(id, (JObject)json["data"]!, (JObject)json["metadata"]!, size);
        if (Add(json, size, result.DisplayId) is { } shown && result.DisplayId is not null) displays.Add(result.DisplayId, shown);
    }

    private void Update(string displayId, JObject data, JObject metadata, long size)
    {
        if (!displays.TryUpdate(displayId, data, metadata, size)) CutShort();
    }

    private ShownOutput? Add(JObject json, long size, string? displayId = null, bool isNeeded = false)
    {
        ClearIfDue();
        if (isNeeded)
        {
            budget.Take(size);
        }
        else if (!budget.TryTake(size))
        {
            CutShort();
            return null;
        }

        CloseStream();
        outputs.Add(json);
        var shown = new ShownOutput(json, size);
        _shown.Add((displayId, shown));
        return shown;
    }

    private void CloseStream()
    {
        Flush();
        _otherSize += _streamSize;
        _streamSize = 0;
        _stream = null;
        _streamText = null;
    }

    private void ClearIfDue()
    {
        if (_clearOnNext) Clear();
    }

    private void Clear()
    {
        _clearOnNext = false;
        CloseStream();
        foreach (var (displayId, output) in _shown)
        {
            _otherSize += output.Size;
            if (displayId is not null) displays.Remove(displayId, output);
        }

        _shown.Clear();
        budget.Take(-_otherSize);
        _otherSize = 0;
        outputs.Clear();
    }

    // The format has none below zero; a kernel that does not count may send any number.
    private static int? Count(int? executionCount) => executionCount is >= 0 ? executionCount : null;

    private void CutShort()
    {
        if (_isCutShort) return;
        _isCutShort = true;
        CloseStream();
        outputs.Add(new JObject
        {
            ["name"] = "stderr",
            ["output_type"] = "stream",
            ["text"] = $"[The rest of the output was left out: the outputs of the notebook passed {budget.Limit} bytes.]\n",
        });
    }
}
