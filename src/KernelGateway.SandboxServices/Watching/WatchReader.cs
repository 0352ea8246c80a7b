using KernelGateway.Protocol.Files;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Watching;

/// <summary>
/// Reads the kernel's events of one watch and makes them events of a tree. Not safe for threads: its owner has the lock.
/// </summary>
internal sealed class WatchReader(
    SafeFileHandle inotify, WatchTree tree, WatchEventQueue queue, FileIdentity identity, bool isRecursive)
{
    private const int BufferBytes = 64 * 1024;

    // What the kernel keeps by default is read with so many calls, even with the longest names.
    private const int MaxReads = 70;
    private const int MaxReadAhead = 100_000;

    // Several bits in one event are reported in this order.
    private static readonly (InotifyMask Mask, WatchEventKind Kind)[] Kinds =
    [
        (InotifyMask.Create | InotifyMask.MovedTo, WatchEventKind.Create),
        (InotifyMask.MovedFrom | InotifyMask.MoveSelf, WatchEventKind.Rename),
        (InotifyMask.Attributes, WatchEventKind.Chmod),
        (InotifyMask.Modify, WatchEventKind.Write),
        (InotifyMask.Delete | InotifyMask.DeleteSelf | InotifyMask.Unmounted, WatchEventKind.Remove),
    ];

    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly Queue<InotifyEvent> _events = new();

    /// <summary>Handles every event that the kernel has when the method is called.</summary>
    internal void Drain()
    {
        ReadAvailable();
        while (_events.TryDequeue(out var next)) Handle(next);
        tree.EndMoves();
    }

    private void ReadAvailable()
    {
        // Whoever changes files without a pause shall not keep the caller.
        for (var read = 0; read < MaxReads && _events.Count < MaxReadAhead; read++)
        {
            if (!Inotify.TryRead(inotify, _buffer, _events)) return;
        }
    }

    private void Handle(InotifyEvent happened)
    {
        if (happened.Mask.HasFlag(InotifyMask.QueueOverflow))
        {
            queue.Add(WatchEventKind.Overflow, ".");
            if (isRecursive) WatchMissed();
            return;
        }

        if (tree.Find(happened.Watch) is not { } directory) return;
        if (happened.Mask.HasFlag(InotifyMask.Ignored))
        {
            tree.Forget(directory);
            return;
        }

        // What happens to a directory below the root is reported by its parent, with its name.
        if (happened.Name.Length == 0)
        {
            if (directory == tree.Root) Report(happened.Mask, ".");
            return;
        }

        var name = PathText.Decode(happened.Name);
        Report(happened.Mask, directory.PathOf(name));
        if (!isRecursive || !happened.Mask.HasFlag(InotifyMask.IsDirectory)) return;
        if (happened.Mask.HasFlag(InotifyMask.MovedFrom)) tree.BeginMove(directory, name, happened.Cookie);
        if (happened.Mask.HasFlag(InotifyMask.MovedTo) && tree.TryCompleteMove(directory, name, happened.Cookie)) return;
        if ((happened.Mask & (InotifyMask.Create | InotifyMask.MovedTo)) != 0) WatchNew(directory, name);
    }

    private void Report(InotifyMask mask, string name)
    {
        foreach (var (bits, kind) in Kinds)
        {
            if ((mask & bits) != 0) queue.Add(kind, name);
        }
    }

    /// <summary>
    /// Watches a new directory and those in it. What came into them before they were watched is reported as if it came now.
    /// </summary>
    private void WatchNew(WatchedDirectory parent, string name) => Limit(() =>
    {
        var left = new Stack<(WatchedDirectory Parent, string Name)>([(parent, name)]);
        while (left.TryPop(out var next))
        {
            using var handle = tree.WatchNew(next.Parent, next.Name, out var directory);
            if (handle is null || directory is null) continue;
            foreach (var below in ReportContent(handle, directory)) left.Push((directory, below));
        }
    });

    /// <summary>Reports what is in a directory and has no event of its own; gives the names of directories among that.</summary>
    private List<string> ReportContent(SafeFileHandle handle, WatchedDirectory directory)
    {
        var directories = new List<string>();
        var names = DirectoryNames.Read(handle, out _);
        if (names.Count == 0) return directories;

        // What was created after the watch began has an event, which is in the queue now.
        ReadAvailable();
        var queued = FindQueued(directory.Watch);
        names.Sort((first, second) => first.Name.AsSpan().SequenceCompareTo(second.Name));
        foreach (var (bytes, _) in names)
        {
            var name = PathText.Decode(bytes);
            queued.TryGetValue(name, out var masks);
            if ((masks.First & (InotifyMask.Create | InotifyMask.MovedTo)) != 0) continue;
            if (LibC.DescribeEntry(handle, bytes, out _) is not { } status) continue;
            queue.Add(WatchEventKind.Create, directory.PathOf(name));
            var isWritten = status.Type == UnixFileType.Regular && status.Size > 0;
            if (isWritten && (masks.All & InotifyMask.Modify) == 0) queue.Add(WatchEventKind.Write, directory.PathOf(name));
            if (status.Type == UnixFileType.Directory) directories.Add(name);
        }

        return directories;
    }

    private Dictionary<string, (InotifyMask First, InotifyMask All)> FindQueued(int watch)
    {
        var found = new Dictionary<string, (InotifyMask First, InotifyMask All)>();
        foreach (var happened in _events)
        {
            if (happened.Watch != watch || happened.Name.Length == 0) continue;
            var name = PathText.Decode(happened.Name);
            found[name] =
                found.TryGetValue(name, out var former)
                    ? (former.First, former.All | happened.Mask)
                    : (happened.Mask, happened.Mask);
        }

        return found;
    }

    private void WatchMissed() => Limit(() => tree.WatchAll(isRecursive));

    /// <summary>Does something for which a limit of the system can be reached. The reader learns that not all is seen.</summary>
    private void Limit(Action action)
    {
        try
        {
            identity.Run(() =>
            {
                action();
                return true;
            });
        }
        catch (SandboxFileException)
        {
            queue.Add(WatchEventKind.Overflow, ".");
        }
    }
}
