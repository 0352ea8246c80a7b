using System.Security.Cryptography;
using KernelGateway.Protocol.Files;
using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Files;

/// <summary>
/// The file that an upload writes: a new one, an existing one, or one beside the target that takes its place in the end.
/// </summary>
internal sealed class UploadTarget : IDisposable
{
    private const uint FileMode = 0x1A4;                   // 0644
    private const int CreateFlags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive;

    // The target can be created or removed by others between two looks at it.
    private const int MaxAttempts = 8;

    private readonly string _path;
    private readonly SafeFileHandle? _parent;
    private readonly byte[] _name;
    private readonly byte[]? _finalName;

    private UploadTarget(SafeFileHandle file, string path, SafeFileHandle? parent, byte[] name, byte[]? finalName)
    {
        File = file;
        _path = path;
        _parent = parent;
        _name = name;
        _finalName = finalName;
    }

    internal SafeFileHandle File { get; }

    /// <summary>Gets whether the file was created for this upload.</summary>
    internal bool IsNew => _parent is not null;

    /// <summary>Opens the target itself, or creates it, with its parents if so wanted.</summary>
    /// <exception cref="SandboxFileException">It is not a regular file, or cannot be opened or created.</exception>
    internal static UploadTarget OpenInPlace(FileIdentity identity, string path, bool createsParents)
    {
        var (parentPath, name) = SplitTarget(path);
        for (var attempt = 1; ; attempt++)
        {
            if (TryOpenExisting(path, out _) is { } existing) return new UploadTarget(existing, path, null, [], null);
            var parent = OpenParent(identity, parentPath, path, createsParents);
            var created = LibC.OpenAt(parent, PathText.Encode(name), CreateFlags | OpenFlags.NoFollow, FileMode, out var error);
            if (created is not null) return CreateTarget(created, path, parent, PathText.Encode(name), null);
            parent.Dispose();
            if (error != ErrorNumber.Exists) throw SandboxFileException.Create(error, path);
            // It was created meanwhile, or is a link that leads nowhere, which stays so.
            if (attempt == MaxAttempts) throw SandboxFileException.Create(ErrorNumber.NoEntry, path);
        }
    }

    /// <summary>Creates a file beside the target, with the given permissions or those that an existing target has.</summary>
    /// <exception cref="SandboxFileException">
    /// The target is not a regular file, or a file beside it cannot be created.
    /// </exception>
    internal static UploadTarget OpenBeside(FileIdentity identity, string path, uint? wantedMode, bool createsParents)
    {
        uint? existingMode = null;
        var target = path;
        using (var existing = TryOpenExisting(path, out var status))
        {
            if (existing is not null)
            {
                existingMode = (uint)status.Permissions;
                // The file that a link leads to is replaced, not the link.
                if (LibC.ReadLink(LibC.ProcessPath(existing)) is { } resolved) target = PathText.Decode(resolved);
            }
        }

        var (parentPath, name) = SplitTarget(target);
        var parent = OpenParent(identity, parentPath, path, createsParents);
        if (existingMode is null && LibC.DescribeEntry(parent, PathText.Encode(name), out _) is { Type: UnixFileType.SymbolicLink })
        {
            parent.Dispose();
            throw SandboxFileException.Create(ErrorNumber.NoEntry, path);
        }

        var temporary = PathText.Encode($".upload-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");
        // Nobody can read a copy of a private file before it has its mode.
        var mode = wantedMode ?? existingMode ?? FileMode;
        var file = LibC.OpenAt(parent, temporary, CreateFlags | OpenFlags.NoFollow, mode & FileMode, out var error);
        if (file is not null) return CreateTarget(file, path, parent, temporary, PathText.Encode(name), mode);
        parent.Dispose();
        throw SandboxFileException.Create(error, path);
    }

    /// <summary>Empties an existing file. A new one is empty already, and watchers would see one write more.</summary>
    /// <exception cref="SandboxFileException">It cannot be emptied.</exception>
    internal void Empty()
    {
        if (!IsNew && LibC.Truncate(File) is var error and not 0) throw SandboxFileException.Create(error, _path);
    }

    /// <summary>Puts the file in its place and describes it.</summary>
    /// <exception cref="SandboxFileException">It cannot be put there.</exception>
    internal FileEntry Complete()
    {
        if (_finalName is not null && LibC.Rename(_parent!, _name, _parent!, _finalName) is var error and not 0)
            throw SandboxFileException.Create(error, _path);
        return new EntryReader().Read(File, _path);
    }

    /// <summary>Removes the file if this upload created it, and if it is still in its place.</summary>
    /// <returns>Whether it was removed.</returns>
    internal bool Abandon()
    {
        if (_parent is null) return false;
        if (LibC.Describe(File, out _) is not { } own || LibC.DescribeEntry(_parent, _name, out _) is not { } present)
            return false;
        return own.IsSameFile(present) && LibC.RemoveFile(_parent, _name) == 0;
    }

    public void Dispose()
    {
        File.Dispose();
        _parent?.Dispose();
    }

    private static UploadTarget CreateTarget(
        SafeFileHandle file, string path, SafeFileHandle parent, byte[] name, byte[]? finalName, uint mode = FileMode)
    {
        DirectoryMaker.CorrectMode(file, mode);
        return new UploadTarget(file, path, parent, name, finalName);
    }

    /// <summary>Opens a regular file for writing; null when there is nothing, or when a parent is not a directory.</summary>
    private static SafeFileHandle? TryOpenExisting(string path, out FileStatus status)
    {
        status = default;
        // Opening a pipe waits for its other end, and opening a device can have an effect. So the file is found and examined
        // first.
        using var found = LibC.Resolve(null, PathText.Encode(path), OpenFlags.PathOnly, out var error);
        if (error is ErrorNumber.NoEntry or ErrorNumber.NotADirectory) return null;
        if (found is null) throw SandboxFileException.Create(error, path);
        status = FileContent.CheckType(found, path);
        return LibC.OpenAt(null, LibC.ProcessPath(found), OpenFlags.WriteOnly | OpenFlags.NonBlocking, 0, out error)
            ?? throw SandboxFileException.Create(error, path);
    }

    private static SafeFileHandle OpenParent(FileIdentity identity, string parent, string path, bool creates)
    {
        if (creates) return DirectoryMaker.OpenOrCreate(parent, identity, out _);
        return LibC.Resolve(null, PathText.Encode(parent), OpenFlags.PathOnly | OpenFlags.Directory, out var error)
            ?? throw SandboxFileException.Create(error, path);
    }

    private static (string Parent, string Name) SplitTarget(string path)
    {
        var (parent, name) = PathRules.Split(path);
        return name is "" or "." or ".."
            ? throw new SandboxFileException(FileErrorReason.IsADirectory, path, $"path is a directory: {path}")
            : (parent, name);
    }
}
