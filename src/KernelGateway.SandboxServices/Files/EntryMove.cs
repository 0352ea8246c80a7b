using KernelGateway.SandboxServices.Native;

namespace KernelGateway.SandboxServices.Files;

/// <summary>Moves a file, a directory or a link.</summary>
internal static class EntryMove
{
    /// <exception cref="SandboxFileException">The source is missing, or it cannot be moved.</exception>
    internal static FileEntry Move(string source, string destination, FileIdentity identity)
    {
        var (fromPath, fromName) = Split(source);
        var (toPath, toName) = Split(destination);
        using var from = LibC.Resolve(null, PathText.Encode(fromPath), OpenFlags.PathOnly | OpenFlags.Directory, out var error);
        if (from is null) throw SandboxFileException.Create(error, source);
        // Before directories for the destination are made in vain.
        if (LibC.DescribeEntry(from, fromName, out error) is null) throw SandboxFileException.Create(error, source);

        using var to = DirectoryMaker.OpenOrCreate(toPath, identity, out _);
        error = LibC.Rename(from, fromName, to, toName);
        if (error != 0) throw SandboxFileException.Create(error, error == ErrorNumber.NoEntry ? source : destination);
        return new EntryReader().TryRead(to, toName, destination, out error)
            ?? throw SandboxFileException.Create(error, destination);
    }

    private static (string Parent, byte[] Name) Split(string path)
    {
        var (parent, name) = PathRules.Split(path);
        return name is "" or "." or ".."
            ? throw new SandboxFileException(
                FileErrorReason.InvalidPath, path, $"'{path}' cannot be moved: its last element is not a name.")
            : (parent, PathText.Encode(name));
    }
}
