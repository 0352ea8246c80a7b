using Google.Protobuf.WellKnownTypes;
using KernelGateway.AspNetCore.Envd.Messages;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Watching;

namespace KernelGateway.AspNetCore.Envd.Filesystem;

/// <summary>Converts entries and events to messages.</summary>
internal static class EntryMessages
{
    public static EntryInfo Create(FileEntry entry)
    {
        var message = new EntryInfo
        {
            Name = entry.Name,
            Type = entry.Type switch
            {
                FileEntryType.File => FileType.File,
                FileEntryType.Directory => FileType.Directory,
                _ => FileType.Unspecified,
            },
            Path = entry.Path,
            Size = entry.Size,
            Mode = (uint)entry.Mode,
            Permissions = entry.Permissions,
            Owner = entry.Owner,
            Group = entry.Group,
            ModifiedTime = Timestamp.FromDateTimeOffset(entry.ModifiedTime),
        };
        if (entry.SymlinkTarget is { } target) message.SymlinkTarget = target;
        foreach (var (key, value) in entry.Metadata) message.Metadata.Add(key, value);
        return message;
    }

    public static FilesystemEvent Create(WatchEvent happened)
    {
        var message = new FilesystemEvent
        {
            Name = happened.Name,
            Type = happened.Kind switch
            {
                WatchEventKind.Create => EventType.Create,
                WatchEventKind.Write => EventType.Write,
                WatchEventKind.Remove => EventType.Remove,
                WatchEventKind.Rename => EventType.Rename,
                WatchEventKind.Chmod => EventType.Chmod,
                _ => EventType.Unspecified,
            },
        };
        if (happened.Entry is { } entry) message.Entry = Create(entry);
        return message;
    }
}
