using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Files;

/// <summary>Lists a directory and those below it, in pre-order, by name at each level.</summary>
internal static class DirectoryListing
{
    /// <summary>Lists entries. Symbolic links to directories are followed at the path itself, not below it.</summary>
    /// <param name="path">The absolute path of the directory.</param>
    /// <param name="depth">How many levels, at least 1.</param>
    /// <param name="cancellationToken">Cancels between two entries.</param>
    /// <exception cref="SandboxFileException">
    /// The directory cannot be read. A directory below it that may not be read is listed without its entries.
    /// </exception>
    internal static List<FileEntry> Read(string path, int depth, CancellationToken cancellationToken)
    {
        var entries = new List<FileEntry>();
        var reader = new EntryReader();
        var levels = new Stack<Level>();
        try
        {
            levels.Push(Level.Open(DirectoryMaker.Open(path), path, out var error));
            if (error != 0) throw SandboxFileException.Create(error, path);
            while (levels.TryPeek(out var level))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!level.TryTakeName(out var name))
                {
                    levels.Pop().Dispose();
                    continue;
                }

                var entryPath = PathRules.Join(level.Path, PathText.Decode(name));
                // What was removed meanwhile is left out.
                if (reader.TryRead(level.Directory, name, entryPath, out _) is not { } entry) continue;
                entries.Add(entry);
                if (entry.Type != FileEntryType.Directory || entry.SymlinkTarget is not null || levels.Count >= depth) continue;
                if (OpenBelow(level.Directory, name, entryPath) is { } child) levels.Push(Level.Open(child, entryPath, out _));
            }

            return entries;
        }
        finally
        {
            foreach (var level in levels) level.Dispose();
        }
    }

    /// <summary>Opens a directory below another one, never through a link; null when it is gone or may not be entered.</summary>
    private static SafeFileHandle? OpenBelow(SafeFileHandle parent, byte[] name, string path)
    {
        var child = LibC.OpenAt(parent, name, OpenFlags.PathOnly | OpenFlags.Directory | OpenFlags.NoFollow, 0, out var error);
        if (error is ErrorNumber.TooManyOpen or ErrorNumber.TooManyOpenInSystem) throw SandboxFileException.Create(error, path);
        return child;
    }

    /// <summary>A directory of which some names are not listed yet.</summary>
    private sealed class Level : IDisposable
    {
        private readonly List<DirectoryName> _names;
        private int _next;

        private Level(SafeFileHandle directory, string path, List<DirectoryName> names)
        {
            Directory = directory;
            Path = path;
            _names = names;
        }

        internal SafeFileHandle Directory { get; }

        internal string Path { get; }

        internal static Level Open(SafeFileHandle directory, string path, out int error)
        {
            var names = DirectoryNames.Read(directory, out error);
            names.Sort((first, second) => first.Name.AsSpan().SequenceCompareTo(second.Name));
            return new Level(directory, path, names);
        }

        internal bool TryTakeName(out byte[] name)
        {
            var isLeft = _next < _names.Count;
            name = isLeft ? _names[_next++].Name : [];
            return isLeft;
        }

        public void Dispose() => Directory.Dispose();
    }
}
