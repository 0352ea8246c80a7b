using System.Collections.ObjectModel;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Executions;

/// <summary>The value of the cell, or data that it displayed.</summary>
public sealed class ResultEvent : ExecutionEvent
{
    /// <summary>Gets a value indicating whether it is the value of the cell (<c>execute_result</c>) rather than displayed data.</summary>
    public bool IsMainResult { get; init; }

    /// <summary>Gets the representations of the value.</summary>
    public required MimeBundle Data { get; init; }

    /// <summary>Gets the kernel's metadata of the representations, by media type.</summary>
    public JObject Metadata { get; init; } = [];

    /// <summary>Gets the id under which later updates replace this data; null for data that is not updated.</summary>
    public string? DisplayId { get; init; }

    /// <summary>Gets the media types of <see cref="Data"/> that the gateway's own preparation of the kernel has added.</summary>
    internal IReadOnlySet<string> Added { get; init; } = ReadOnlySet<string>.Empty;

    /// <summary>Gets the number the kernel gave with the value of the cell; null for displayed data.</summary>
    internal int? ExecutionCount { get; init; }
}
