using System.Buffers;
using System.Globalization;
using System.Text.Json;
using KernelGateway.Executions;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Mime;

namespace KernelGateway.Client.Interpreters;

/// <summary>One line of a stream of events.</summary>
/// <param name="Event">The event; null for a line that is none, as <c>keepalive</c> or a kind that is not known here.</param>
/// <param name="Sequence">The position of the event, or the next one where the server does not number its lines.</param>
internal readonly record struct EventLine(ExecutionEvent? Event, long Sequence);

/// <summary>Reads the lines of a stream of events.</summary>
internal sealed class EventLineReader(TimeProvider time)
{
    private bool _errorSeen;

    /// <summary>Reads a line.</summary>
    /// <param name="line">The bytes of the line.</param>
    /// <param name="last">The position of the event before it.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public EventLine Read(ReadOnlyMemory<byte> line, long last)
    {
        var fields = LineFields.Read(line);
        if (fields.Type is null or "keepalive") return new EventLine(null, last);
        var sequence = fields.Sequence ?? last + 1;
        var timestamp = fields.Timestamp ?? time.GetUtcNow();
        ExecutionEvent? read = fields.Type switch
        {
            "number_of_executions" => new StartedEvent
            {
                Sequence = sequence, Timestamp = timestamp, IsLate = fields.IsLate, ExecutionCount = fields["execution_count"].AsInt32(),
            },
            "stdout" or "stderr" => new StreamEvent
            {
                Sequence = sequence, Timestamp = timestamp, IsLate = fields.IsLate, IsStderr = fields.Type == "stderr", Text = fields.Text("text"),
            },
            "result" => new ResultEvent
            {
                Sequence = sequence,
                Timestamp = timestamp,
                IsLate = fields.IsLate,
                IsMainResult = fields["is_main_result"].AsBoolean() == true,
                Data = ResultData.Read(fields),
                Metadata = fields["metadata"].AsObject(),
                DisplayId = fields["display_id"].AsString(),
            },
            "result_update" => new ResultUpdateEvent
            {
                Sequence = sequence,
                Timestamp = timestamp,
                IsLate = fields.IsLate,
                Data = ResultData.Read(fields),
                Metadata = fields["metadata"].AsObject(),
                DisplayId = fields["display_id"].AsString(),
            },
            "clear_output" => new ClearOutputEvent
            {
                Sequence = sequence, Timestamp = timestamp, IsLate = fields.IsLate, Wait = fields["wait"].AsBoolean() == true,
            },
            "error" => new ErrorEvent { Sequence = sequence, Timestamp = timestamp, IsLate = fields.IsLate, Error = ReadError(fields) },
            "input_request" => new InputRequestEvent
            {
                Sequence = sequence,
                Timestamp = timestamp,
                IsLate = fields.IsLate,
                Prompt = fields.Text("prompt"),
                IsPassword = fields["password"].AsBoolean() == true,
            },
            "end_of_execution" => new EndEvent { Sequence = sequence, Timestamp = timestamp, End = ReadEnd(line) },
            _ => null,
        };
        _errorSeen |= read is ErrorEvent;
        return new EventLine(read, sequence);
    }

    private static ExecutionError ReadError(LineFields fields)
    {
        var traceback = fields.Text("traceback");
        return new ExecutionError(fields.Text("name"), fields.Text("value"), traceback.Length == 0 ? [] : [traceback]);
    }

    // E2B's own service says only that it is the end.
    private ExecutionEnd ReadEnd(ReadOnlyMemory<byte> line)
    {
        var end = new RawJson(line).AsObject();
        return end["reason"] is null
            ? new ExecutionEnd { Reason = _errorSeen ? ExecutionEndReason.Error : ExecutionEndReason.Completed, IsComplete = true }
            : ExecutionEnd.FromJson(end);
    }
}

/// <summary>The fields of a line, not decoded.</summary>
internal sealed class LineFields
{
    private readonly Dictionary<string, RawJson> _fields = new(StringComparer.Ordinal);

    public string? Type => this["type"].AsString();

    public long? Sequence => this["seq"].AsInt64();

    public bool IsLate => this["late"].AsBoolean() == true;

    public DateTimeOffset? Timestamp =>
        DateTimeOffset.TryParse(this["timestamp"].AsString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;

    public RawJson this[string name] => _fields.GetValueOrDefault(name);

    public IEnumerable<KeyValuePair<string, RawJson>> All => _fields;

    public static LineFields Read(ReadOnlyMemory<byte> line)
    {
        var read = new LineFields();
        foreach (var property in new RawJson(line).EnumerateObject())
        {
            read._fields[new RawJson(Quote(property.RawName)).AsString()!] = property.Value;
        }

        return read;
    }

    public string Text(string name) => this[name].AsText() ?? "";

    private static byte[] Quote(ReadOnlyMemory<byte> rawName) => [(byte)'"', .. rawName.Span, (byte)'"'];
}

/// <summary>Creates the MIME bundle of a result from the fields of its line.</summary>
internal static class ResultData
{
    private static readonly Dictionary<string, string> MediaTypesOfFields = new(StringComparer.Ordinal)
    {
        ["text"] = MediaTypes.Text,
        ["html"] = MediaTypes.Html,
        ["markdown"] = MediaTypes.Markdown,
        ["svg"] = MediaTypes.Svg,
        ["png"] = MediaTypes.Png,
        ["jpeg"] = MediaTypes.Jpeg,
        ["pdf"] = MediaTypes.Pdf,
        ["latex"] = MediaTypes.Latex,
        ["json"] = MediaTypes.Json,
        ["javascript"] = MediaTypes.Javascript,
        ["data"] = "e2b/data",
        ["chart"] = "e2b/chart",
    };

    /// <summary>Creates the bundle. The values are copied as they are, not decoded.</summary>
    public static MimeBundle Read(LineFields fields)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in fields.All)
            {
                if (value.IsNull || !MediaTypesOfFields.TryGetValue(name, out var mediaType)) continue;
                writer.WritePropertyName(mediaType);

                // "text" is without the quotes of a string's representation; "plain_text" has them.
                var sent = name == "text" && fields["plain_text"] is { Kind: JsonValueKind.String } quoted ? quoted : value;
                writer.WriteRawValue(sent.Bytes.Span, skipInputValidation: true);
            }

            foreach (var property in fields["extra"].EnumerateObject())
            {
                writer.WritePropertyName(new RawJson((byte[])[(byte)'"', .. property.RawName.Span, (byte)'"']).AsString()!);
                writer.WriteRawValue(property.Value.Bytes.Span, skipInputValidation: true);
            }

            writer.WriteEndObject();
        }

        return new MimeBundle(output.WrittenMemory);
    }
}
