using KernelGateway.Client.Connect;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>What an entry of a sandbox's file system is.</summary>
public enum FileType
{
    /// <summary>A pipe, a device, a socket, or a symbolic link that leads nowhere.</summary>
    Other,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link, where the service does not say what it leads to.</summary>
    SymbolicLink,
}

/// <summary>A file that was written.</summary>
/// <param name="Name">The last element of the path.</param>
/// <param name="Path">The absolute path.</param>
/// <param name="Type">What it is.</param>
/// <param name="Metadata">The metadata that was stored with it.</param>
public sealed record WriteInfo(string Name, string Path, FileType Type, IReadOnlyDictionary<string, string> Metadata)
{
    internal static WriteInfo Read(JToken body) => new(
        body.Text("name") ?? "",
        body.Text("path") ?? "",
        body.Text("type") switch { "dir" => FileType.Directory, "file" => FileType.File, _ => FileType.Other },
        body.Texts("metadata"));
}

/// <summary>A file, a directory or a symbolic link of a sandbox.</summary>
/// <remarks>A symbolic link is described itself, but <see cref="Type"/> and <see cref="Mode"/> are those of what it leads to.</remarks>
public sealed record EntryInfo
{
    /// <summary>Gets the last element of the path.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Gets what it is; for a symbolic link, what it leads to.</summary>
    public required FileType Type { get; init; }

    /// <summary>Gets the size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Gets the permission bits, 0 to 0777.</summary>
    public int Mode { get; init; }

    /// <summary>Gets type and permissions as Go writes them: <c>-rw-r--r--</c>, <c>drwxr-xr-x</c>, <c>Lrwxrwxrwx</c>.</summary>
    public string Permissions { get; init; } = "";

    /// <summary>Gets the name of the owner, or its id in digits.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Gets the name of the group, or its id in digits.</summary>
    public string Group { get; init; } = "";

    /// <summary>Gets when its content was changed last, UTC; null when the service does not say it.</summary>
    public DateTimeOffset? ModifiedAt { get; init; }

    /// <summary>Gets the absolute path that a symbolic link leads to; null for everything else.</summary>
    public string? SymlinkTarget { get; init; }

    /// <summary>Gets the metadata that was stored with it.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    internal static EntryInfo Read(JToken body) => new()
    {
        Name = body.Text("name") ?? "",
        Path = body.Text("path") ?? "",
        Type = ReadType((body as JObject)?["type"]),
        Size = body.Number("size"),
        Mode = (int)body.Number("mode"),
        Permissions = body.Text("permissions") ?? "",
        Owner = body.Text("owner") ?? "",
        Group = body.Text("group") ?? "",
        ModifiedAt = body.Time("modifiedTime"),
        SymlinkTarget = body.Text("symlinkTarget"),
        Metadata = body.Texts("metadata"),
    };

    // Protobuf's JSON has the name of a value, or its number.
    private static FileType ReadType(JToken? value) => value?.ToString() switch
    {
        "FILE_TYPE_FILE" or "1" => FileType.File,
        "FILE_TYPE_DIRECTORY" or "2" => FileType.Directory,
        "FILE_TYPE_SYMLINK" or "3" => FileType.SymbolicLink,
        _ => FileType.Other,
    };
}
