using System.Collections.ObjectModel;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Executions;

/// <summary>New data for every earlier result with the same display id.</summary>
public sealed class ResultUpdateEvent : ExecutionEvent
{
    /// <summary>Gets the id of the results to replace; null when the kernel named none, and then nothing is replaced.</summary>
    public string? DisplayId { get; init; }

    /// <summary>Gets the new representations.</summary>
    public required MimeBundle Data { get; init; }

    /// <summary>Gets the kernel's metadata of the representations, by media type.</summary>
    public JObject Metadata { get; init; } = [];

    /// <summary>Gets the media types of <see cref="Data"/> that the gateway's own preparation of the kernel has added.</summary>
    internal IReadOnlySet<string> Added { get; init; } = ReadOnlySet<string>.Empty;
}
