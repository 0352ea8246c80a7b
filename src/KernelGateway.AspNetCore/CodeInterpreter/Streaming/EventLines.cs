using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KernelGateway.Executions;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.CodeInterpreter.Streaming;

/// <summary>Writes the events of one execution as lines of ASCII JSON, copied from the kernel's own bytes.</summary>
/// <remarks>
/// ASCII, because the JS SDK decodes each network chunk separately and the Python SDK breaks lines at U+0085 and U+2028. Without
/// detail a line has exactly the keys that the SDKs know: the JS SDK treats any other key of a <c>result</c> as data.
/// </remarks>
internal sealed class EventLines(LineBuffer output, string executionId, bool detail)
{
    private const string TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'";
    private const int LongestTimestamp = 40;
    private const int PieceBytes = 1 << 20;
    private const int LongestUtf8Sequence = 4;

    private static ReadOnlySpan<byte> KeepAliveLine => "{\"type\":\"keepalive\"}\n"u8;

    private readonly byte[] _identity = Encoding.ASCII.GetBytes($",\"execution_id\":\"{executionId}\"");

    /// <summary>
    /// Writes the line of one journal entry; a large text is flushed in pieces, so that it is not in memory twice.
    /// </summary>
    public async ValueTask WriteAsync(JournalEntry entry, CancellationToken cancellationToken)
    {
        if (entry.PayloadLength <= PieceBytes || entry.Kind is not (ExecutionEventKind.Stdout or ExecutionEventKind.Stderr))
        {
            Write(entry);
            return;
        }

        OpenStream(entry);
        for (var rest = entry.Payload; !rest.IsEmpty;)
        {
            var length = LengthOfPiece(rest.Span);
            output.Expect(length);
            AsciiJson.Write(output, rest.Span[..length]);
            rest = rest[length..];
            await output.FlushAsync(cancellationToken);
        }

        CloseStream(entry);
        Raw("}\n"u8);
    }

    /// <summary>Writes the line of one journal entry at once.</summary>
    public void Write(JournalEntry entry)
    {
        output.Expect(entry.PayloadLength);
        switch (entry.Kind)
        {
            case ExecutionEventKind.Stdout:
            case ExecutionEventKind.Stderr:
                WriteStream(entry);
                break;
            case ExecutionEventKind.Result:
            case ExecutionEventKind.Display:
                Open("result"u8, entry);
                ResultFields.Write(output, entry.Payload, detail, withQuotes: detail);
                Raw(entry.Kind == ExecutionEventKind.Result ? ",\"is_main_result\":true"u8 : ",\"is_main_result\":false"u8);
                break;
            case ExecutionEventKind.ResultUpdate:
                Open("result_update"u8, entry);
                ResultFields.Write(output, entry.Payload, withDetail: true, withQuotes: detail);
                break;
            case ExecutionEventKind.Started:
                Open("number_of_executions"u8, entry);
                Field(",\"execution_count\":"u8, entry.Payload.Field("execution_count"u8), "null"u8);
                break;
            case ExecutionEventKind.Error:
                WriteError(entry);
                break;
            case ExecutionEventKind.ClearOutput:
                Open("clear_output"u8, entry);
                Field(",\"wait\":"u8, entry.Payload.Field("wait"u8), "false"u8);
                break;
            case ExecutionEventKind.InputRequest:
                WriteInputRequest(entry);
                break;
            case ExecutionEventKind.End:
                WriteEnd(entry);
                break;
        }

        Raw("}\n"u8);
        output.Expect(0);
    }

    public void WriteKeepAlive() => Raw(KeepAliveLine);

    /// <summary>Writes an error that is not in the journal, for clients that read only errors.</summary>
    /// <param name="error">The error.</param>
    /// <param name="after">The sequence number of the event before it, after which a reader can resume.</param>
    public void WriteError(ExecutionError error, long after)
    {
        Raw("{\"type\":\"error\""u8);
        if (detail) WriteIdentity(after);
        Text(",\"name\":"u8, error.Name);
        Text(",\"value\":"u8, error.Value);
        Text(",\"traceback\":"u8, string.Concat(error.Traceback));
        Raw("}\n"u8);
    }

    // An escape sequence may be split, because it is copied unchanged; a UTF-8 sequence may not.
    private static int LengthOfPiece(ReadOnlySpan<byte> text)
    {
        if (text.Length <= PieceBytes) return text.Length;
        var length = PieceBytes;
        while (length > PieceBytes - LongestUtf8Sequence && (text[length] & 0xC0) == 0x80) length--;
        return length;
    }

    private void WriteStream(JournalEntry entry)
    {
        OpenStream(entry);
        AsciiJson.Write(output, entry.Payload.Span);
        CloseStream(entry);
    }

    private void OpenStream(JournalEntry entry)
    {
        Open(entry.Kind == ExecutionEventKind.Stdout ? "stdout"u8 : "stderr"u8, entry);
        Raw(",\"text\":"u8);
    }

    private void CloseStream(JournalEntry entry)
    {
        Raw(",\"timestamp\":\""u8);
        Span<char> timestamp = stackalloc char[LongestTimestamp];
        entry.Timestamp.UtcDateTime.TryFormat(timestamp, out var length, TimestampFormat, CultureInfo.InvariantCulture);
        output.Advance(Encoding.ASCII.GetBytes(timestamp[..length], output.GetSpan(length)));
        Raw("\""u8);
    }

    private void WriteError(JournalEntry entry)
    {
        Open("error"u8, entry);
        Field(",\"name\":"u8, entry.Payload.Field("ename"u8), "\"\""u8);
        Field(",\"value\":"u8, entry.Payload.Field("evalue"u8), "\"\""u8);
        Raw(",\"traceback\":"u8);
        JsonStrings.WriteJoined(output, entry.Payload.Field("traceback"u8));
    }

    private void WriteInputRequest(JournalEntry entry)
    {
        Open("input_request"u8, entry);
        Field(",\"prompt\":"u8, entry.Payload.Field("prompt"u8), "\"\""u8);

        // "pwd": xeus-python 0.14.
        var password = entry.Payload.Field("password"u8);
        Field(",\"password\":"u8, password.IsNull ? entry.Payload.Field("pwd"u8) : password, "false"u8);
    }

    // The payload is the object that ExecutionEnd wrote: its fields follow the id.
    private void WriteEnd(JournalEntry entry)
    {
        Raw("{\"type\":\"end_of_execution\""u8);
        Raw(_identity);
        if (detail) Number(",\"seq\":"u8, entry.Sequence);
        Raw(","u8);
        AsciiJson.Write(output, entry.Payload.Span[1..^1]);
    }

    private void Open(ReadOnlySpan<byte> type, JournalEntry entry)
    {
        Raw("{\"type\":\""u8);
        Raw(type);
        Raw("\""u8);
        if (!detail) return;
        WriteIdentity(entry.Sequence);
        if (entry.IsLate) Raw(",\"late\":true"u8);
    }

    private void WriteIdentity(long sequence)
    {
        Raw(_identity);
        Number(",\"seq\":"u8, sequence);
    }

    private void Field(ReadOnlySpan<byte> name, RawJson value, ReadOnlySpan<byte> absent)
    {
        Raw(name);
        if (value.Kind is JsonValueKind.Undefined or JsonValueKind.Null) Raw(absent);
        else if (absent is [(byte)'"', ..] && value.Kind != JsonValueKind.String) JsonStrings.WriteJoined(output, value);
        else AsciiJson.Write(output, value.Bytes.Span);
    }

    private void Text(ReadOnlySpan<byte> name, string text)
    {
        Raw(name);
        JsonStrings.Write(output, text);
    }

    private void Number(ReadOnlySpan<byte> name, long number)
    {
        Raw(name);
        number.TryFormat(output.GetSpan(20), out var length, provider: CultureInfo.InvariantCulture);
        output.Advance(length);
    }

    private void Raw(ReadOnlySpan<byte> bytes) => output.Write(bytes);
}
