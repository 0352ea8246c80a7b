using System.Buffers;
using System.Text;
using KernelGateway.AspNetCore.CodeInterpreter.Streaming;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.Executions;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>Aggregates the events of an execution into results, logs and error, as in the SDKs' model of an execution.</summary>
/// <param name="memory">Counts its memory.</param>
/// <remarks>Updates are applied, and cleared output is left out. Output after the end is ignored.</remarks>
internal sealed class ExecutionModel(BodyMemory memory)
{
    /// <summary>The limit of results and logs in the answer, in bytes; the events have the rest.</summary>
    public const int MaxBytes = 4 << 20;

    // The JSON as bytes, as text in the object model, as the whole answer's text, and as its bytes.
    private const int Copies = 6;

    private readonly List<Shown> _results = [];
    private readonly List<byte[]> _stdout = [];
    private readonly List<byte[]> _stderr = [];
    private long _bytes;
    private long? _executionCount;
    private JObject? _error;
    private bool _clearsOnNext;
    private bool _isTruncated;

    /// <summary>Reads the events so far, up to the end.</summary>
    /// <exception cref="BodyMemoryException">There is no room for it at the moment.</exception>
    public void TakeAll(Execution execution)
    {
        using var reader = execution.Journal.OpenReader(0);
        while (!_isTruncated && reader.TryRead() is { } entry)
        {
            if (!Take(entry)) return;
        }

        if (!_isTruncated) return;

        // An error is the last event before the end, after all output: the events between are not read.
        using var last = execution.Journal.OpenReader(Math.Max(0, execution.Journal.EndSequence - 2));
        while (execution.Journal.EndSequence > 0 && last.TryRead() is { } entry)
        {
            if (!Take(entry)) return;
        }
    }

    /// <summary>Writes the results, logs and error into the answer.</summary>
    public void WriteTo(JObject answer)
    {
        answer["results"] = new JArray(_results.Select(one => Raw(one.Json)));
        answer["logs"] = new JObject { ["stdout"] = new JArray(_stdout.Select(Raw)), ["stderr"] = new JArray(_stderr.Select(Raw)) };
        answer["error"] = _error;
        answer["execution_count"] = _executionCount;
        answer["truncated"] = _isTruncated;
    }

    // Returns false after the end.
    private bool Take(JournalEntry entry)
    {
        try
        {
            return Take(entry.Kind, entry.Payload);
        }
        finally
        {
            entry.Release();
        }
    }

    private bool Take(ExecutionEventKind kind, ReadOnlyMemory<byte> payload)
    {
        switch (kind)
        {
            case ExecutionEventKind.Started:
                _executionCount = payload.Field("execution_count"u8).AsInt64();
                break;
            case ExecutionEventKind.Stdout:
            case ExecutionEventKind.Stderr:
                ClearIfDue();
                var text = Write(payload, static (output, json) => AsciiJson.Write(output, json.Span));
                if (Count(text.Length)) (kind == ExecutionEventKind.Stdout ? _stdout : _stderr).Add(text);
                break;
            case ExecutionEventKind.Result:
            case ExecutionEventKind.Display:
                ClearIfDue();
                Add(kind == ExecutionEventKind.Result, payload);
                break;
            case ExecutionEventKind.ResultUpdate:
                Update(payload);
                break;
            case ExecutionEventKind.ClearOutput:
                if (payload.Field("wait"u8).AsBoolean() == true) _clearsOnNext = true;
                else Clear();
                break;
            case ExecutionEventKind.Error:
                _error = ToJson(EventReader.ReadError(payload));
                break;
            case ExecutionEventKind.End:
                var end = ExecutionEnd.FromJson(new RawJson(payload).AsObject());
                if (end.Reason != ExecutionEndReason.Completed) _error ??= ToJson(EndFailure.Create(end));
                return false;
        }

        return true;
    }

    private void Add(bool isMainResult, ReadOnlyMemory<byte> content)
    {
        var json = WriteResult(isMainResult, content);
        if (Count(json.Length)) _results.Add(new Shown(json, isMainResult, DisplayIdOf(content)));
    }

    private void Update(ReadOnlyMemory<byte> content)
    {
        if (DisplayIdOf(content) is not { } displayId) return;
        for (var i = 0; i < _results.Count && !_isTruncated; i++)
        {
            if (_results[i].DisplayId != displayId) continue;
            var json = WriteResult(_results[i].IsMainResult, content);
            if (!Count(json.Length - _results[i].Json.Length)) return;
            _results[i] = _results[i] with { Json = json };
        }
    }

    private void ClearIfDue()
    {
        if (_clearsOnNext) Clear();
    }

    private void Clear()
    {
        _clearsOnNext = false;
        Count(-_bytes);
        _results.Clear();
        _stdout.Clear();
        _stderr.Clear();
    }

    // Returns false beyond the limit.
    private bool Count(long bytes)
    {
        _isTruncated |= _bytes + bytes > MaxBytes;
        if (_isTruncated) return false;
        _bytes += bytes;
        memory.Add(Copies * bytes);
        return true;
    }

    private static string? DisplayIdOf(ReadOnlyMemory<byte> content) =>
        content.Field("transient"u8).Bytes.Field("display_id"u8).AsString();

    private static byte[] WriteResult(bool isMainResult, ReadOnlyMemory<byte> content) => Write(content, (output, bundle) =>
    {
        output.Write(isMainResult ? "{\"is_main_result\":true"u8 : "{\"is_main_result\":false"u8);
        ResultFields.Write(output, bundle, withDetail: false, withQuotes: false);
        output.Write("}"u8);
    });

    private static byte[] Write(ReadOnlyMemory<byte> source, Action<IBufferWriter<byte>, ReadOnlyMemory<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>(source.Length + 64);
        write(output, source);
        return output.WrittenSpan.ToArray();
    }

    private static JObject ToJson(ExecutionError error) => new()
    {
        ["name"] = error.Name,
        ["value"] = error.Value,
        ["traceback"] = string.Concat(error.Traceback),
    };

    private static JRaw Raw(byte[] json) => new(Encoding.ASCII.GetString(json));

    private sealed record Shown(byte[] Json, bool IsMainResult, string? DisplayId);
}
