using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Files;

/// <summary>Opens directories, and creates what is missing of them.</summary>
internal static class DirectoryMaker
{
    private const uint DirectoryMode = 0x1ED;              // 0755

    private static readonly byte[] Root = "/\0"u8.ToArray();

    /// <summary>Opens an existing directory, as a place to start from.</summary>
    /// <exception cref="SandboxFileException">It cannot be opened.</exception>
    internal static SafeFileHandle Open(string path) =>
        LibC.Resolve(null, PathText.Encode(path), OpenFlags.PathOnly | OpenFlags.Directory, out var error)
            ?? throw SandboxFileException.Create(error, path);

    /// <summary>Opens a directory. Each level of it that is missing is created for the user, with mode 0755.</summary>
    /// <param name="path">The absolute path.</param>
    /// <param name="identity">The user.</param>
    /// <param name="created">Whether the last level was created.</param>
    /// <exception cref="SandboxFileException">It cannot be created.</exception>
    internal static SafeFileHandle OpenOrCreate(string path, FileIdentity identity, out bool created)
    {
        created = false;
        var whole = LibC.Resolve(null, PathText.Encode(path), OpenFlags.PathOnly | OpenFlags.Directory, out var error);
        if (whole is not null) return whole;
        // For the second error, the walk finds the level that is a file.
        if (error is not (ErrorNumber.NoEntry or ErrorNumber.NotADirectory)) throw SandboxFileException.Create(error, path);

        var level = LibC.Resolve(null, Root, OpenFlags.PathOnly | OpenFlags.Directory, out error)
            ?? throw SandboxFileException.Create(error, "/");
        var levelPath = "/";
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var parent = level;
            levelPath = PathRules.Join(levelPath, name);
            using (parent) level = OpenOrCreateLevel(parent, name, levelPath, identity, out created);
        }

        return level;
    }

    private static SafeFileHandle OpenOrCreateLevel(
        SafeFileHandle parent, string name, string path, FileIdentity identity, out bool created)
    {
        created = false;
        var bytes = PathText.Encode(name);
        var existing = LibC.Resolve(parent, bytes, OpenFlags.PathOnly | OpenFlags.Directory, out var error);
        if (existing is not null) return existing;
        if (error == ErrorNumber.NotADirectory)
            throw new SandboxFileException(FileErrorReason.NotADirectory, path, $"path is a file: {path}");
        if (error != ErrorNumber.NoEntry) throw SandboxFileException.Create(error, path);

        error = LibC.MakeDirectory(parent, bytes, DirectoryMode);
        if (error == ErrorNumber.Exists)
        {
            // Somebody else created it meanwhile, or it is a symbolic link that leads nowhere.
            return LibC.Resolve(parent, bytes, OpenFlags.PathOnly | OpenFlags.Directory, out error)
                ?? throw SandboxFileException.Create(error, path);
        }

        if (error != 0) throw SandboxFileException.Create(error, path);
        // What was put in its place meanwhile may be a link, which is not followed: nothing outside this directory gets another
        // owner.
        var made = LibC.OpenAt(parent, bytes, OpenFlags.PathOnly | OpenFlags.Directory | OpenFlags.NoFollow, 0, out error)
            ?? throw SandboxFileException.Create(error, path);
        try
        {
            identity.Give(made, path, isNew: true);
            CorrectMode(made, DirectoryMode);
        }
        catch
        {
            made.Dispose();
            throw;
        }

        created = true;
        return made;
    }

    /// <summary>
    /// Sets the permissions where the umask of the process is another than 022, which is no business of the user's.
    /// </summary>
    internal static void CorrectMode(SafeFileHandle file, uint mode)
    {
        if (LibC.Describe(file, out _) is not { } status || status.Permissions == mode) return;
        // The bits above the permissions, such as set-group-id from the parent, stay. A file system without modes refuses, which
        // is right as it is.
        _ = LibC.ChangeMode(LibC.ProcessPath(file), (uint)(status.Mode & 0xE00) | mode);
    }
}
