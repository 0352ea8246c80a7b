using KernelGateway.Protocol.Files;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Watching;

/// <summary>All directories that one inotify instance watches. Not safe for threads: its owner has the lock.</summary>
internal sealed class WatchTree(SafeFileHandle inotify, string path)
{
    private const InotifyMask Mask = InotifyMask.Create | InotifyMask.MovedTo | InotifyMask.MovedFrom | InotifyMask.Modify
        | InotifyMask.Attributes | InotifyMask.Delete | InotifyMask.DeleteSelf | InotifyMask.MoveSelf | InotifyMask.OnlyDirectory;

    private Dictionary<int, WatchedDirectory> _directories = [];

    // Moved away, and perhaps to another place in the tree: by the cookie of the move.
    private readonly Dictionary<uint, WatchedDirectory> _moving = [];

    // Which directory is watched. It is not kept open: the kernel would report its removal only when it is closed.
    private FileStatus? _rootStatus;

    /// <summary>Gets the watched directory itself.</summary>
    internal WatchedDirectory? Root { get; private set; }

    internal WatchedDirectory? Find(int watch) => _directories.GetValueOrDefault(watch);

    /// <summary>Watches the root and, if wanted, all directories below it. Done again, it finds those that were missed.</summary>
    /// <exception cref="SandboxFileException">The root cannot be watched, or there are too many directories.</exception>
    internal void WatchAll(bool isRecursive)
    {
        using var root = OpenRoot();
        var former = _directories;
        _directories = [];
        _moving.Clear();
        var top = new WatchedDirectory(AddWatch(root) ?? throw SandboxFileException.Create(ErrorNumber.NoEntry, path));
        _directories[top.Watch] = top;
        Root = top;
        if (isRecursive) WatchBelow(root, top);
        foreach (var watch in former.Keys)
        {
            if (!_directories.ContainsKey(watch)) Inotify.Remove(inotify, watch);
        }
    }

    /// <summary>Watches a directory in a watched one.</summary>
    /// <param name="parent">The watched one.</param>
    /// <param name="name">The name in it.</param>
    /// <param name="directory">What the tree has for it.</param>
    /// <returns>The open directory, if it is watched only now; null when it is gone, or was watched before.</returns>
    /// <exception cref="SandboxFileException">
    /// There are too many watches or open files, its path is too long, or the root is not at its path any more.
    /// </exception>
    internal SafeFileHandle? WatchNew(WatchedDirectory parent, string name, out WatchedDirectory? directory)
    {
        directory = null;
        using var root = OpenRoot();
        var flags = OpenFlags.PathOnly | OpenFlags.Directory | OpenFlags.NoFollow;
        var handle = LibC.ResolveWithoutLinks(root, PathText.Encode(parent.PathOf(name)), flags, out var error);
        if (handle is null) return ThrowIfLimited(error);
        if (AddWatch(handle) is { } watch && !(_directories.TryGetValue(watch, out var known) && parent.Find(name) == known))
        {
            directory = new WatchedDirectory(watch);
            if (known is not null) Forget(known);
            _directories[watch] = directory;
            parent.Put(name, directory);
            return handle;
        }

        handle.Dispose();
        return null;
    }

    /// <summary>Forgets a directory that the kernel does not watch any more.</summary>
    internal void Forget(WatchedDirectory directory)
    {
        _directories.Remove(directory.Watch);
        directory.TakeOut();
    }

    /// <summary>Takes note that a directory was moved away.</summary>
    internal void BeginMove(WatchedDirectory parent, string name, uint cookie)
    {
        if (parent.Find(name) is not { } directory) return;
        directory.TakeOut();
        _moving[cookie] = directory;
    }

    /// <summary>
    /// Takes note that a directory was moved to a place; false when it was not watched before. Its watches go with it.
    /// </summary>
    internal bool TryCompleteMove(WatchedDirectory parent, string name, uint cookie)
    {
        if (!_moving.Remove(cookie, out var directory)) return false;
        parent.Put(name, directory);
        return true;
    }

    /// <summary>Stops watching what was moved out of the tree.</summary>
    internal void EndMoves()
    {
        foreach (var gone in _moving.Values.SelectMany(directory => directory.All()))
        {
            _directories.Remove(gone.Watch);
            Inotify.Remove(inotify, gone.Watch);
        }

        _moving.Clear();
    }

    private void WatchBelow(SafeFileHandle root, WatchedDirectory top)
    {
        // Open are a directory and those above it, however many are beside it.
        var levels = new Stack<Level>([new Level(root, top)]);
        try
        {
            while (levels.TryPeek(out var level))
            {
                if (level.Names.TryPop(out var next)) WatchChild(level, next, levels);
                else if (levels.Pop() is var done && done.Handle != root) done.Handle.Dispose();
            }
        }
        finally
        {
            foreach (var level in levels.Where(level => level.Handle != root)) level.Handle.Dispose();
        }
    }

    private void WatchChild(Level level, DirectoryName child, Stack<Level> levels)
    {
        if (child.Type is not (null or UnixFileType.Directory)) return;
        var flags = OpenFlags.PathOnly | OpenFlags.Directory | OpenFlags.NoFollow;
        var handle = LibC.OpenAt(level.Handle, child.Name, flags, 0, out var error);
        if (handle is null)
        {
            ThrowIfLimited(error);
            return;
        }

        if (AddWatch(handle) is not { } watch || _directories.ContainsKey(watch))
        {
            handle.Dispose();
            return;
        }

        var directory = new WatchedDirectory(watch);
        _directories[watch] = directory;
        level.Directory.Put(PathText.Decode(child.Name), directory);
        levels.Push(new Level(handle, directory));
    }

    /// <summary>Opens the root by its path.</summary>
    /// <exception cref="SandboxFileException">It cannot be opened, or is another directory by now.</exception>
    private SafeFileHandle OpenRoot()
    {
        var root = DirectoryMaker.Open(path);
        if (LibC.Describe(root, out _) is { } status && (_rootStatus ??= status).IsSameFile(status)) return root;
        root.Dispose();
        throw SandboxFileException.Create(ErrorNumber.NoEntry, path);
    }

    /// <summary>Watches an open directory; null when it was removed or may not be read.</summary>
    private int? AddWatch(SafeFileHandle directory)
    {
        var watch = Inotify.Add(inotify, LibC.ProcessPath(directory), Mask, out var error);
        if (watch >= 0) return watch;
        if (error == ErrorNumber.NoSpace) throw Limited("watches (/proc/sys/fs/inotify/max_user_watches)");
        ThrowIfLimited(error);
        return null;
    }

    private SafeFileHandle? ThrowIfLimited(int error) => error switch
    {
        ErrorNumber.TooManyOpen or ErrorNumber.TooManyOpenInSystem => throw Limited("open files"),
        ErrorNumber.NameTooLong => throw SandboxFileException.Create(error, path),
        _ => null,
    };

    private SandboxFileException Limited(string what) =>
        new(FileErrorReason.LimitReached, path, $"'{path}' cannot be watched whole: the limit of {what} is reached.");

    /// <summary>A directory of which some names are not watched yet.</summary>
    private sealed class Level(SafeFileHandle handle, WatchedDirectory directory)
    {
        internal SafeFileHandle Handle { get; } = handle;

        internal WatchedDirectory Directory { get; } = directory;

        internal Stack<DirectoryName> Names { get; } = new(DirectoryNames.Read(handle, out _));
    }
}
