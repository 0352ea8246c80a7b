using KernelGateway.Protocol.Files;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>
/// Checks directories that hold keys and records: they must belong to the gateway's user, and no other user may be able to
/// replace them.
/// </summary>
internal static class PrivateDirectory
{
    private const uint Root = 0;

    // The owner that the system shows for a file whose owner has no id in this user namespace.
    private const uint OverflowUser = 65534;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Not the sticky bit: ipykernel sets it on the directory of its connection file.
    private const UnixFileMode OpenToOthers =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    // A user who may only pass through a directory can neither list nor change it. Kernels of another user pass through to their
    // connection files.
    private const UnixFileMode Passable = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private static readonly Lazy<bool> IsInUserNamespace = new(ReadIsInUserNamespace);

    /// <summary>Returns why a directory cannot be used as a private one; null when it can.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="mustBeClosed">Whether it must be closed to others already.</param>
    internal static string? FindProblem(string path, bool mustBeClosed = true)
    {
        if (OperatingSystem.IsWindows()) return Directory.Exists(path) ? null : "it does not exist";
        if (UnixFile.TryDescribe(path, followLink: false) is not { } status) return "it does not exist";
        return FindProblem(status, mustBeClosed);
    }

    /// <summary>Creates a directory if there is none, and restricts it to its owner; returns why that is not possible.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="isPassable">Whether other users must be able to pass through it.</param>
    /// <remarks>A directory of another user is not changed, even by a gateway that runs as root.</remarks>
    internal static string? Prepare(string path, bool isPassable = false)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
                return null;
            }

            if (Path.GetDirectoryName(path) is { } parent) Directory.CreateDirectory(parent);
            if (FindPathProblem(path, isPassable) is { } pathProblem) return pathProblem;
            if (UnixFile.TryDescribe(path, followLink: false) is { } there && FindProblem(there, mustBeClosed: false) is { } problem) return problem;
            Directory.CreateDirectory(path, OwnerOnly);

            // Another process may have created it before. The following checks and changes apply to the open directory, even if
            // its name is replaced.
            using var handle = UnixFile.Open(path, UnixOpenModes.Read | UnixOpenModes.Directory | UnixOpenModes.NoLink);
            var status = UnixFile.Describe(handle);
            if (FindProblem(status, mustBeClosed: false) is { } otherProblem) return otherProblem;

            if (isPassable) File.SetUnixFileMode(handle, Passable);
            else if (IsOpen(status)) File.SetUnixFileMode(handle, OwnerOnly);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message.TrimEnd('.');
        }
    }

    private static string? FindProblem(UnixFileStatus status, bool mustBeClosed)
    {
        if (status.Type == UnixFileType.SymbolicLink) return "it is a symbolic link";
        if (status.Type != UnixFileType.Directory) return $"it is {UnixFile.Name(status.Type)}";
        if (status.OwnerId != UnixFile.EffectiveUserId) return $"it belongs to another user (id {status.OwnerId})";
        return mustBeClosed && IsOpen(status) ? "others can enter it" : null;
    }

    // A directory that others can only pass through is not changed: another gateway of this user may have kernels that pass
    // through it.
    private static bool IsOpen(UnixFileStatus status) => (status.Mode & (OwnerOnly | OpenToOthers)) != Passable && (status.Mode & OpenToOthers) != 0;

    // The owner of a parent directory, and every user who may write to it, can replace the directory. With a sticky bit (/tmp)
    // only the owner can do that.
    private static string? FindPathProblem(string path, bool mustBePassable)
    {
        for (var parent = Path.GetDirectoryName(path); parent is not null; parent = Path.GetDirectoryName(parent))
        {
            foreach (var status in new[] { UnixFile.Describe(parent, followLink: false), UnixFile.Describe(parent, followLink: true) })
            {
                if (!IsTrusted(status.OwnerId)) return $"'{parent}' belongs to another user (id {status.OwnerId}), who could replace it";
                if (mustBePassable && status.Type == UnixFileType.Directory && (status.Mode & UnixFileMode.OtherExecute) == 0)
                    return $"'{parent}' cannot be entered by the user that kernels are to run as";
                if (status.Type == UnixFileType.Directory && (status.Mode & WritableByOthers) != 0 && (status.Mode & UnixFileMode.StickyBit) == 0)
                    return $"'{parent}' can be written by others, who could replace it";
            }
        }

        return null;
    }

    private static bool IsTrusted(uint user) =>
        user == Root || user == UnixFile.EffectiveUserId || (user == OverflowUser && IsInUserNamespace.Value);

    // user_namespaces(7), /proc/(pid)/uid_map:   (id inside) (id outside) (count); all ids are mapped only outside of any user namespace.
    private static bool ReadIsInUserNamespace()
    {
        try
        {
            return OperatingSystem.IsLinux() && !File.ReadAllText("/proc/self/uid_map").Contains("4294967295", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
