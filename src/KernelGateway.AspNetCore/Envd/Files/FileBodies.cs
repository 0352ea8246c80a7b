using System.ComponentModel;

namespace KernelGateway.AspNetCore.Envd.Files;

/// <summary>A file that was written.</summary>
internal sealed record WrittenFileBody(
    [property: Description("The last element of the path.")] string Name,
    [property: Description("The absolute path.")] string Path,
    [property: Description("`file`")] string Type,
    [property: Description("The metadata; absent when there are none.")] Dictionary<string, string>? Metadata);

/// <summary>The body of <c>/files/compose</c>.</summary>
internal sealed record ComposeBody(
    [property: Description("The parts, in order.")] string[] SourcePaths,
    [property: Description("The path of the result.")] string Destination,
    [property: Description("The user for whom the files are used.")] string? Username);
