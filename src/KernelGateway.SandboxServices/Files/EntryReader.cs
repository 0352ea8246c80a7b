using KernelGateway.Protocol.Files;
using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Files;

/// <summary>Describes files as <see cref="FileEntry"/>. An instance serves one operation.</summary>
internal sealed class EntryReader
{
    private const int ToEnter = 1;                         // X_OK
    private const int ToWrite = 2;                         // W_OK
    private const int ToRead = 4;                          // R_OK

    private readonly AccountNames _accounts = new();

    /// <summary>Describes what is at an absolute path; a symbolic link is not followed.</summary>
    /// <exception cref="SandboxFileException">There is nothing, or it cannot be examined.</exception>
    internal FileEntry Read(string path)
    {
        var bytes = PathText.Encode(path);
        return TryRead(null, bytes, path, out var error) ?? throw SandboxFileException.Create(error, path);
    }

    /// <summary>
    /// Describes an entry of a directory, or with an absolute path what is there; null when it is not there any more.
    /// </summary>
    internal FileEntry? TryRead(SafeFileHandle? directory, byte[] name, string path, out int error)
    {
        using var handle = LibC.Resolve(directory, name, OpenFlags.PathOnly | OpenFlags.NoFollow, out error);
        if (handle is null) return null;
        if (LibC.Describe(handle, out error) is not { } status) return null;
        if (status.Type != UnixFileType.SymbolicLink) return Create(path, status, status, null, handle);

        using var target = LibC.Resolve(directory, name, OpenFlags.PathOnly, out _);
        if (target is null || LibC.Describe(target, out _) is not { } targetStatus)
            return Create(path, status, null, path, null);
        var targetPath = LibC.ReadLink(LibC.ProcessPath(target)) is { } found ? PathText.Decode(found) : path;
        return Create(path, status, targetStatus, targetPath, target);
    }

    /// <summary>Describes an open regular file.</summary>
    /// <exception cref="SandboxFileException">It cannot be examined.</exception>
    internal FileEntry Read(SafeFileHandle file, string path)
    {
        if (LibC.Describe(file, out var error) is not { } status) throw SandboxFileException.Create(error, path);
        return Create(path, status, status, null, file);
    }

    private FileEntry Create(
        string path,
        FileStatus status,
        FileStatus? target,
        string? symlinkTarget,
        SafeFileHandle? file) => new()
        {
            Name = GetName(path),
            Path = path,
            Type = target?.Type switch
            {
                UnixFileType.Regular => FileEntryType.File,
                UnixFileType.Directory => FileEntryType.Directory,
                _ => FileEntryType.Other,
            },
            Size = status.Size,
            Mode = target?.Permissions ?? 0,
            Permissions = PermissionText.Format(status),
            Owner = _accounts.GetUser(status.OwnerId),
            Group = _accounts.GetGroup(status.GroupId),
            OwnerId = status.OwnerId,
            GroupId = status.GroupId,
            ModifiedTime = status.Modified,
            AccessedTime = status.Accessed,
            ChangedTime = status.Changed,
            SymlinkTarget = symlinkTarget,
            IsReadable = file is not null && LibC.MayAccess(file, target?.Type == UnixFileType.Directory ? ToRead | ToEnter : ToRead),
            IsWritable = file is not null && LibC.MayAccess(file, ToWrite),
            Metadata = file is null ? FileMetadata.None : FileMetadata.Read(file),
        };

    private static string GetName(string path) =>
        PathRules.Split(PathRules.WithoutSlash(path)).Name is { Length: > 0 } name ? name : "/";
}
