using KernelGateway.Protocol.Files;
using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Files;

/// <summary>Removes a file, a link, or a directory with everything in it.</summary>
/// <remarks>
/// Each directory is opened by its name in the open parent, and never through a link. Whoever replaces a directory by a link
/// while it is being removed loses the link, and nothing else.
/// </remarks>
internal static class EntryRemoval
{
    // Somebody who creates files faster than they are removed shall not keep a thread.
    private const int MaxRounds = 16;

    /// <summary>Removes what is at an absolute path. That nothing is there is success.</summary>
    /// <exception cref="SandboxFileException">Something cannot be removed. What was removed before stays removed.</exception>
    internal static void Remove(string path, CancellationToken cancellationToken)
    {
        var (parentPath, name) = PathRules.Split(PathRules.WithoutSlash(path));
        if (name is "" or "." or "..")
        {
            throw new SandboxFileException(
                FileErrorReason.InvalidPath, path, $"'{path}' cannot be removed: its last element is not a name.");
        }

        using var parent =
            LibC.Resolve(null, PathText.Encode(parentPath), OpenFlags.PathOnly | OpenFlags.Directory, out var error);
        if (error == ErrorNumber.NoEntry) return;
        if (parent is null) throw SandboxFileException.Create(error, path);
        Remove(parent, PathText.Encode(name), path, cancellationToken);
    }

    private static void Remove(SafeFileHandle parent, byte[] name, string path, CancellationToken cancellationToken)
    {
        if (TryRemoveFile(parent, name, path)) return;
        var levels = new Stack<Level>();
        try
        {
            if (Level.TryOpen(parent, name, path) is not { } first) return;
            levels.Push(first);
            while (levels.TryPeek(out var level))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (level.Names.TryPop(out var child))
                {
                    var childPath = PathRules.Join(level.Path, PathText.Decode(child.Name));
                    if (TryRemoveFile(level.Directory, child.Name, childPath)) continue;
                    if (Level.TryOpen(level.Directory, child.Name, childPath) is { } opened) levels.Push(opened);
                    continue;
                }

                var error = LibC.RemoveDirectory(level.Parent, level.Name);
                if (error is ErrorNumber.NotEmpty or ErrorNumber.Exists && level.Rounds++ < MaxRounds)
                {
                    level.ReadNames();
                    continue;
                }

                // A link was put in its place: it goes instead.
                if (error == ErrorNumber.NotADirectory && TryRemoveFile(level.Parent, level.Name, level.Path)) error = 0;
                if (error is not (0 or ErrorNumber.NoEntry)) throw SandboxFileException.Create(error, level.Path);
                levels.Pop().Dispose();
            }
        }
        finally
        {
            foreach (var level in levels) level.Dispose();
        }
    }

    /// <summary>Removes what is not a directory; false for a directory. What is gone already counts as removed.</summary>
    private static bool TryRemoveFile(SafeFileHandle parent, byte[] name, string path)
    {
        var error = LibC.RemoveFile(parent, name);
        if (error is 0 or ErrorNumber.NoEntry) return true;
        // Linux has the first; POSIX, and some file systems, the second, which can also mean that it is not permitted.
        if (error == ErrorNumber.IsADirectory) return false;
        if (error == ErrorNumber.NotPermitted && LibC.DescribeEntry(parent, name, out _) is { Type: UnixFileType.Directory })
            return false;
        throw SandboxFileException.Create(error, path);
    }

    /// <summary>A directory that is being emptied.</summary>
    private sealed class Level : IDisposable
    {
        private Level(SafeFileHandle parent, byte[] name, SafeFileHandle directory, string path)
        {
            Parent = parent;
            Name = name;
            Directory = directory;
            Path = path;
        }

        // Belongs to the level above, which is disposed later.
        internal SafeFileHandle Parent { get; }

        internal byte[] Name { get; }

        internal SafeFileHandle Directory { get; }

        internal string Path { get; }

        internal Stack<DirectoryName> Names { get; private set; } = new();

        internal int Rounds { get; set; }

        /// <summary>Opens a directory; null when there is none any more.</summary>
        internal static Level? TryOpen(SafeFileHandle parent, byte[] name, string path)
        {
            var directory =
                LibC.OpenAt(parent, name, OpenFlags.PathOnly | OpenFlags.Directory | OpenFlags.NoFollow, 0, out var error);
            if (directory is null)
            {
                if (error is ErrorNumber.NoEntry) return null;
                // It was replaced by a file or by a link, which can be removed as such.
                if (error is ErrorNumber.NotADirectory or ErrorNumber.Loop && TryRemoveFile(parent, name, path)) return null;
                throw SandboxFileException.Create(error, path);
            }

            var level = new Level(parent, name, directory, path);
            try
            {
                level.ReadNames();
                return level;
            }
            catch
            {
                directory.Dispose();
                throw;
            }
        }

        internal void ReadNames()
        {
            Names = new Stack<DirectoryName>(DirectoryNames.Read(Directory, out var error));
            // An empty directory can be removed without the right to read it.
            if (error is not (0 or ErrorNumber.AccessDenied or ErrorNumber.NoEntry))
                throw SandboxFileException.Create(error, Path);
        }

        public void Dispose() => Directory.Dispose();
    }
}
