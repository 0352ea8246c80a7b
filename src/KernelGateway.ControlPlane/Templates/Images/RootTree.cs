using System.Runtime.InteropServices;
using KernelGateway.Processes.Native;

namespace KernelGateway.ControlPlane.Templates.Images;

/// <summary>
/// The root directory of a template while it is filled from archives. Nothing outside of it is read or changed.
/// </summary>
/// <remarks>
/// Links are followed as in a sandbox: an absolute one begins at the root directory, and <c>..</c> ends there. No other process
/// changes the directory meanwhile.
/// </remarks>
/// <param name="root">The directory, which exists.</param>
internal sealed partial class RootTree(string root)
{
    private const int MaxLinks = 40;                        // as Linux

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Passable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    // They have no effect in a sandbox, but they would have one for the users of the host.
    private const UnixFileMode Privileges = UnixFileMode.SetUser | UnixFileMode.SetGroup;

    private enum Kind
    {
        Missing,
        Directory,
        Link,
        Other,
    }

    /// <summary>Makes a directory, or changes the mode and the owner of one that exists.</summary>
    /// <exception cref="TemplateException">The name leads out of the root directory.</exception>
    internal void PutDirectory(string name, EntryOwner owner, UnixFileMode mode)
    {
        var path = Locate(name);
        if (GetKind(path) != Kind.Directory)
        {
            Remove(path);
            Directory.CreateDirectory(path);
        }

        owner.Apply(path);
        File.SetUnixFileMode(path, mode);
    }

    /// <summary>Makes a file in place of whatever has its name.</summary>
    /// <exception cref="TemplateException">The name leads out of the root directory.</exception>
    internal void PutFile(string name, Stream? content, EntryOwner owner, UnixFileMode mode, DateTimeOffset changedAt)
    {
        var path = Locate(name);
        Remove(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        using (var file = new FileStream(path, options)) content?.CopyTo(file);
        owner.Apply(path);
        File.SetUnixFileMode(path, mode & ~Privileges);
        File.SetLastWriteTimeUtc(path, changedAt.UtcDateTime);
    }

    /// <summary>Makes a symbolic link in place of whatever has its name. Where it leads to does not matter here.</summary>
    /// <exception cref="TemplateException">The name leads out of the root directory.</exception>
    internal void PutLink(string name, string target, EntryOwner owner)
    {
        if (target.Length == 0 || target.Contains('\0')) throw new TemplateException($"'{name}' is a link without a target.");
        var path = Locate(name);
        Remove(path);
        File.CreateSymbolicLink(path, target);
        owner.Apply(path);
    }

    /// <summary>Makes a second name of a file.</summary>
    /// <exception cref="TemplateException">A name leads out of the root directory, or there is no such file.</exception>
    internal void PutHardLink(string name, string target)
    {
        if (Find(target) is not { } existing || GetKind(existing) is not (Kind.Other or Kind.Link))
            throw new TemplateException($"'{name}' is a second name of '{target}', which is not a file of the image.");
        var path = Locate(name);
        if (path == existing) return;
        Remove(path);
        // Not through a link: it is itself what gets a second name.
        if (MakeLink(existing, path) != 0)
            throw new IOException($"'{path}' cannot be made: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
    }

    /// <summary>Removes what has a name, if there is something.</summary>
    /// <exception cref="TemplateException">The name leads out of the root directory.</exception>
    internal void RemoveEntry(string name)
    {
        if (Find(name) is { } path) Remove(path);
    }

    /// <summary>Removes what is in a directory, if there is one.</summary>
    /// <exception cref="TemplateException">The name leads out of the root directory.</exception>
    internal void Clear(string name)
    {
        if (Walk(name, makesParents: false) is not { } path || GetKind(path) != Kind.Directory) return;
        foreach (var entry in Directory.EnumerateFileSystemEntries(path).ToArray()) Remove(entry);
    }

    private static void Remove(string path)
    {
        var kind = GetKind(path);
        if (kind == Kind.Directory) Directory.Delete(path, recursive: true);
        else if (kind != Kind.Missing) File.Delete(path);
    }

    // Of the name itself, not of what a link leads to.
    private static Kind GetKind(string path)
    {
        var attributes = new FileInfo(path).Attributes;
        return attributes == (FileAttributes)(-1) ? Kind.Missing
            : attributes.HasFlag(FileAttributes.ReparsePoint) ? Kind.Link
            : attributes.HasFlag(FileAttributes.Directory) ? Kind.Directory
            : Kind.Other;
    }

    private static string[] Split(string name)
    {
        var parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Contains("..") || name.Contains('\0')
            ? throw new TemplateException($"The archive has an entry '{name}', which leads out of the root directory.")
            : [.. parts.Where(part => part != ".")];
    }

    // The place of an entry that is written; the root directory itself for "." and "/".
    private string Locate(string name) => Walk(name, makesParents: true)!;

    // The place of an entry that is read; null when one of its parents does not exist.
    private string? Find(string name)
    {
        var path = Walk(name, makesParents: false);
        // The root directory is not an entry that an archive may remove or link to.
        return path == root ? throw new TemplateException($"The archive names the root directory as '{name}'.") : path;
    }

    private string? Walk(string name, bool makesParents)
    {
        var resolved = new List<string>();
        var pending = new Stack<string>(Split(name).Reverse());
        var links = 0;
        while (pending.TryPop(out var part))
        {
            if (part == "..")
            {
                if (resolved.Count > 0) resolved.RemoveAt(resolved.Count - 1);
                continue;
            }

            var path = Path.Combine([root, .. resolved, part]);
            // The last part of the name is not followed.
            if (pending.Count == 0) return path;
            switch (GetKind(path))
            {
                case Kind.Directory:
                    resolved.Add(part);
                    break;
                case Kind.Link:
                    if (++links > MaxLinks) throw new TemplateException($"There are too many links on the way to '{name}'.");
                    var target = new FileInfo(path).LinkTarget!;
                    if (target.StartsWith('/')) resolved.Clear();
                    var parts = target.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(found => found != ".");
                    foreach (var found in parts.Reverse()) pending.Push(found);
                    break;
                default:
                    if (!makesParents) return null;
                    if (GetKind(path) == Kind.Other) throw new TemplateException($"'{name}' is in a file.");
                    Directory.CreateDirectory(path, Passable);
                    resolved.Add(part);
                    break;
            }
        }

        return root;
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MakeLink(string existing, string path);
}

/// <summary>To whom an entry of an archive belongs. Only the superuser can give files to others.</summary>
/// <param name="UserId">The user.</param>
/// <param name="GroupId">The group.</param>
internal readonly record struct EntryOwner(int UserId, int GroupId)
{
    internal void Apply(string path)
    {
        if (Environment.IsPrivilegedProcess) LibC.ChangeOwner(path, (uint)UserId, (uint)GroupId);
    }
}
