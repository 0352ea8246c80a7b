using System.ComponentModel;
using System.Text.Json.Serialization;
using KernelGateway.AspNetCore.CodeInterpreter.Bodies;

namespace KernelGateway.AspNetCore.Description;

/// <summary>One line of an event stream. Lines are written from the kernel's bytes; these types only describe them.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(StartedLine), "number_of_executions")]
[JsonDerivedType(typeof(StdoutLine), "stdout")]
[JsonDerivedType(typeof(StderrLine), "stderr")]
[JsonDerivedType(typeof(ResultLine), "result")]
[JsonDerivedType(typeof(ResultUpdateLine), "result_update")]
[JsonDerivedType(typeof(ClearOutputLine), "clear_output")]
[JsonDerivedType(typeof(InputRequestLine), "input_request")]
[JsonDerivedType(typeof(ErrorLine), "error")]
[JsonDerivedType(typeof(KeepAliveLine), "keepalive")]
[JsonDerivedType(typeof(EndLine), "end_of_execution")]
[Description("One event of an execution: one line.")]
internal abstract record EventLine
{
    [Description("The execution; with `detail` only.")]
    public string? ExecutionId { get; init; }

    [Description("The position in the execution, 1 for the first event; a reader can continue after it. With `detail` only.")]
    public long? Seq { get; init; }

    [Description("True for output after the end; with `detail` only.")]
    public bool? Late { get; init; }
}

/// <summary>The kernel accepted the code.</summary>
[Description("The kernel has begun with the code and has given it a number.")]
internal sealed record StartedLine : EventLine
{
    [Description("The kernel's number for the cell.")]
    public int? ExecutionCount { get; init; }
}

/// <summary>A chunk of standard output.</summary>
[Description("A chunk of standard output, cut where the kernel cut it.")]
internal sealed record StdoutLine : EventLine
{
    [Description("The text.")]
    public required string Text { get; init; }

    [Description("When the gateway received it, UTC, with microseconds.")]
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>A chunk of standard error.</summary>
[Description("A chunk of standard error, cut where the kernel cut it.")]
internal sealed record StderrLine : EventLine
{
    [Description("The text.")]
    public required string Text { get; init; }

    [Description("When the gateway received it, UTC, with microseconds.")]
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>The common fields of results and their updates: one value in several representations.</summary>
internal abstract record BundleLine : EventLine
{
    [Description("`text/plain`, without the quotes around a string's representation.")]
    public string? Text { get; init; }

    [Description("`text/plain` as the kernel sent it, where that may have quotes that `text` has not; with `detail` only.")]
    public string? PlainText { get; init; }

    [Description("`text/html`")]
    public string? Html { get; init; }

    [Description("`text/markdown`")]
    public string? Markdown { get; init; }

    [Description("`image/svg+xml`")]
    public string? Svg { get; init; }

    [Description("`image/png`, in base64.")]
    public string? Png { get; init; }

    [Description("`image/jpeg`, in base64.")]
    public string? Jpeg { get; init; }

    [Description("`application/pdf`, in base64.")]
    public string? Pdf { get; init; }

    [Description("`text/latex`")]
    public string? Latex { get; init; }

    [Description("`application/json`: any JSON value.")]
    public object? Json { get; init; }

    [Description("`application/javascript`")]
    public string? Javascript { get; init; }

    [Description("`e2b/data`: the columns of a table.")]
    public IReadOnlyDictionary<string, object>? Data { get; init; }

    [Description("`e2b/chart`: the data behind a plot.")]
    public IReadOnlyDictionary<string, object>? Chart { get; init; }

    [Description("Every other media type of the value, unchanged.")]
    public required IReadOnlyDictionary<string, object> Extra { get; init; }

    [Description("The kernel's metadata of the representations, by media type; with `detail`, if there are any.")]
    public IReadOnlyDictionary<string, object>? Metadata { get; init; }

    [Description("The id with which later updates replace the value; with `detail`, if there is one.")]
    public string? DisplayId { get; init; }
}

/// <summary>The value of the cell, or data that it displayed.</summary>
[Description("The value of the cell, or displayed data.")]
internal sealed record ResultLine : BundleLine
{
    [Description("True for the value of the cell, false for displayed data.")]
    public required bool IsMainResult { get; init; }
}

/// <summary>New data for earlier results.</summary>
[Description("New data for every earlier result with the same `display_id`. E2B SDKs ignore it.")]
internal sealed record ResultUpdateLine : BundleLine;

/// <summary>The code asks to clear its output.</summary>
[Description("The code clears its output so far. E2B SDKs ignore it.")]
internal sealed record ClearOutputLine : EventLine
{
    [Description("Whether to clear only when the next output arrives.")]
    public required bool Wait { get; init; }
}

/// <summary>The code waits for a line of input.</summary>
[Description("The code waits for a line of input, which is sent with `POST /contexts/{id}/input`. With `allow_stdin` only.")]
internal sealed record InputRequestLine : EventLine
{
    [Description("The prompt to show.")]
    public required string Prompt { get; init; }

    [Description("Whether the typed text should be hidden.")]
    public required bool Password { get; init; }
}

/// <summary>The code raised, or could not be run to its end.</summary>
[Description("The code raised an error, or did not run to its end: `ContextRestarting`, `UnexpectedEndOfExecution`, `TimeoutError`, "
    + "`ExecutionInterrupted`, `ExecutionRejected` and `ExecutionUnanswered` are the gateway's own.")]
internal sealed record ErrorLine : EventLine
{
    [Description("The name of the exception's type.")]
    public required string Name { get; init; }

    [Description("Its message.")]
    public required string Value { get; init; }

    [Description("Its traceback as one string; may contain terminal colors.")]
    public required string Traceback { get; init; }
}

/// <summary>There was no event for a while.</summary>
[Description("There was no event for a while. This line is not an event and has no `seq`.")]
internal sealed record KeepAliveLine : EventLine;

/// <summary>The execution has ended.</summary>
[Description("The execution has ended: always the last line of a complete `/execute` stream. `execution_id` is always present.")]
internal sealed record EndLine : EventLine
{
    [Description("`completed`, `error`, `interrupted`, `timed_out`, `kernel_died`, `restarted`, `removed`, `rejected` or `unanswered`.")]
    public required string Reason { get; init; }

    [Description("Whether the kernel's reply and its idle status have arrived and nothing was dropped, so that no output is missing.")]
    public required bool Complete { get; init; }

    [Description("`preserved` if the context's variables survived, otherwise `lost`.")]
    public required string State { get; init; }

    [Description("Whether the kernel's reply has arrived.")]
    public required bool ReplySeen { get; init; }

    [Description("Whether the kernel's idle status has arrived.")]
    public required bool IdleSeen { get; init; }

    [Description("Why the gateway interrupted the code, also if the code ran to its end: `time_limit`, `request`, `output_limit` or `disconnect`. Absent if it did not.")]
    public string? StoppedBy { get; init; }

    [Description("The exit code of a kernel that ended by itself.")]
    public int? ExitCode { get; init; }

    [Description("The signal that ended the kernel.")]
    public int? Signal { get; init; }

    [Description("True if the system killed the kernel because it needed more memory than its limit, or than there was. Absent otherwise.")]
    public bool? OutOfMemory { get; init; }

    [Description("An explanation for the user.")]
    public string? Message { get; init; }

    [Description("How many events of each kind there were before it.")]
    public required CountsBody Counts { get; init; }

    [Description("How many of them were not kept, because of a limit or because there was no room. Absent if there were none.")]
    public long? DroppedEvents { get; init; }

    [Description("Their size in bytes.")]
    public long? DroppedBytes { get; init; }
}
