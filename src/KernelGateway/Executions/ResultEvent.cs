using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Executions;

/// <summary>The value of the cell, or data that it displayed.</summary>
public sealed class ResultEvent : ExecutionEvent
{
    internal ResultEvent(JournalEntry entry)
        : base(entry)
    {
        IsMainResult = entry.Kind == ExecutionEventKind.Result;
        Data = DisplayContent.ReadBundle(entry.Payload);
        Metadata = DisplayContent.ReadMetadata(entry.Payload);
        Added = DisplayContent.ReadAdded(entry.Payload);
        DisplayId = DisplayContent.ReadDisplayId(entry.Payload);
        ExecutionCount = IsMainResult ? entry.Payload.Field("execution_count"u8).AsInt32() : null;
    }

    /// <summary>Gets a value indicating whether it is the value of the cell (<c>execute_result</c>) rather than displayed data.</summary>
    public bool IsMainResult { get; }

    /// <summary>Gets the representations of the value.</summary>
    public MimeBundle Data { get; }

    /// <summary>Gets the kernel's metadata of the representations, by media type.</summary>
    public JObject Metadata { get; }

    /// <summary>Gets the id under which later updates replace this data; null for data that is not updated.</summary>
    public string? DisplayId { get; }

    /// <summary>Gets the media types of <see cref="Data"/> that the gateway's own preparation of the kernel has added.</summary>
    internal IReadOnlySet<string> Added { get; }

    /// <summary>Gets the number the kernel gave with the value of the cell; null for displayed data.</summary>
    internal int? ExecutionCount { get; }
}
