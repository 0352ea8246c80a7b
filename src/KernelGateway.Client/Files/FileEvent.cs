using KernelGateway.Client.Connect;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>What happened in a watched directory.</summary>
public enum FileEventType
{
    /// <summary>The service reported something that is not known here.</summary>
    Other,

    /// <summary>Something was created, or moved into the directory.</summary>
    Create,

    /// <summary>Content was written.</summary>
    Write,

    /// <summary>Something was removed.</summary>
    Remove,

    /// <summary>Something was moved away.</summary>
    Rename,

    /// <summary>Owner, mode or another attribute was changed.</summary>
    Chmod,
}

/// <summary>A change in a watched directory.</summary>
/// <param name="Name">The path, relative to the watched directory.</param>
/// <param name="Type">What happened.</param>
/// <param name="Entry">What is at the path now, when the options ask for it and something is there.</param>
public sealed record FileEvent(string Name, FileEventType Type, EntryInfo? Entry)
{
    internal static FileEvent Read(JObject body) => new(
        body.Text("name") ?? "",
        body["type"]?.ToString() switch
        {
            "EVENT_TYPE_CREATE" or "1" => FileEventType.Create,
            "EVENT_TYPE_WRITE" or "2" => FileEventType.Write,
            "EVENT_TYPE_REMOVE" or "3" => FileEventType.Remove,
            "EVENT_TYPE_RENAME" or "4" => FileEventType.Rename,
            "EVENT_TYPE_CHMOD" or "5" => FileEventType.Chmod,
            _ => FileEventType.Other,
        },
        body["entry"] is JObject entry ? EntryInfo.Read(entry) : null);
}

/// <summary>How a directory is watched.</summary>
public sealed class WatchOptions
{
    /// <summary>Gets or sets the user whose home relative paths begin at. Default: the default user of the sandbox.</summary>
    public string? User { get; set; }

    /// <summary>Gets or sets whether the directories below are watched too, new ones included. Default: false.</summary>
    public bool Recursive { get; set; }

    /// <summary>Gets or sets whether each event says what is at its path. Default: false.</summary>
    public bool IncludeEntry { get; set; }

    /// <summary>Gets or sets whether a directory on a network file system may be watched, where not all changes are seen. Default: false.</summary>
    public bool AllowNetworkMounts { get; set; }

    /// <summary>Gets or sets how long the watch lasts.</summary>
    /// <value>Default: 60 seconds. <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> and zero are no limit: it lasts until it is stopped.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets the callback for the end of a watch with a handle; its argument is null when the watch was stopped. Default: none.</summary>
    public Action<Exception?>? OnExit { get; set; }
}
