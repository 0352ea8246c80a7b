namespace KernelGateway.Client.Legacy;

/// <summary>A change in a directory that is watched.</summary>
/// <param name="Path">The path of what has changed.</param>
/// <param name="Name">Its name.</param>
/// <param name="Operation">What has happened. A new file is created, gets its owner (<see cref="FileEventType.Chmod"/>) and is written.</param>
/// <param name="Timestamp">When the event came.</param>
/// <param name="IsDir">Whether it is a directory; false for what is gone.</param>
public sealed record FilesystemEvent(string Path, string Name, FileEventType Operation, DateTimeOffset Timestamp, bool IsDir);

/// <summary>A file or directory in a list.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsDir">Whether it is a directory.</param>
public sealed record FilesystemEntry(string Name, bool IsDir);
