using System.ComponentModel;
using System.Globalization;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.SandboxServices.Files;
using Newtonsoft.Json;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>A file, notebook or directory as Jupyter's clients know it.</summary>
[Description("A file, a notebook or a directory.")]
internal sealed record ContentsBody(
    [property: Description("Its name; empty for the served directory.")] string Name,
    [property: Description("Its path below the served directory.")] string Path,
    [property: Description("When its content was changed, UTC.")] string LastModified,
    [property: Description("When its content, owner, mode or name was changed, UTC: Linux does not tell when it was created.")] string Created,
    [property: Description("Its content: text, a notebook, or the list of what is in a directory. Null where it was not asked for.")]
    object? Content,
    [property: Description("The form of the content: `text`, `base64` or `json`; null without content.")] string? Format,
    [property: Description("The media type of a file, if known.")] string? Mimetype,
    [property: Description("Its size in bytes; null for a directory.")] long? Size,
    [property: Description("Whether it can be written.")] bool Writable,
    [property: Description("The hash of the content in hexadecimal digits; null where it was not asked for.")] string? Hash,
    [property: Description("The algorithm of the hash: `sha256`.")] string? HashAlgorithm,
    [property: Description("`directory`, `file` or `notebook`.")] string Type)
{
    public const string Directory = "directory";
    public const string File = "file";
    public const string Notebook = "notebook";

    [Description("Why a notebook is not valid; absent unless it is not.")]
    [JsonProperty(NullValueHandling = NullValueHandling.Ignore)]
    public string? Message { get; init; }

    /// <summary>Describes an entry of the file system, without content.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="type">How the client wants to see a file; null for what its name says.</param>
    public static ContentsBody Create(ContentsPath path, FileEntry entry, string? type = null)
    {
        var isDirectory = entry.Type == FileEntryType.Directory;
        type = isDirectory ? Directory : type ?? (path.IsNotebook ? Notebook : File);
        return new ContentsBody(
            path.Name,
            path.ToString(),
            FormatTime(entry.ModifiedTime),
            FormatTime(entry.ChangedTime),
            Content: null,
            Format: null,
            type == File ? MediaTypes.Find(path.Name) : null,
            isDirectory ? null : entry.Size,
            entry.IsWritable,
            Hash: null,
            HashAlgorithm: null,
            type);
    }

    /// <summary>Writes a time as Jupyter's server does: in microseconds, without a fraction that is zero.</summary>
    public static string FormatTime(DateTimeOffset time)
    {
        var rounded = new DateTimeOffset((time.UtcTicks + 5) / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
        return rounded.Ticks % TimeSpan.TicksPerSecond == 0
            ? rounded.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : WireTime.Format(rounded);
    }
}

/// <summary>A stored former content of a file.</summary>
[Description("A stored former content of a file.")]
internal sealed record CheckpointBody(
    [property: Description("The id: always `checkpoint`, as a file has at most one.")] string Id,
    [property: Description("When the stored content was changed, UTC.")] string LastModified);
