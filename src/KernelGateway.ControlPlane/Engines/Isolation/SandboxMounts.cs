using System.Globalization;
using KernelGateway.ControlPlane.Engines.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>Mounts what one sandbox sees. All of it runs on a <see cref="MountThread"/>.</summary>
/// <param name="paths">The files of the sandbox.</param>
/// <param name="hostId">The first user id of its range.</param>
internal sealed class SandboxMounts(SandboxPaths paths, uint hostId)
{
    /// <summary>The number of ids of a range.</summary>
    internal const int RangeSize = 65_536;

    internal const long LeastDiskBytes = 16L << 20;

    internal const string Upper = "upper";
    internal const string Work = "work";
    private const string ImageName = "disk.img";

    // Whether the files of the specification are now those of the sandbox.
    private bool _hasTaken;

    /// <summary>Gets the ids of the user namespace of the sandbox: root inside is the first one.</summary>
    internal string UserMap => string.Create(CultureInfo.InvariantCulture, $"0 {hostId} {RangeSize}\n");

    // The overlay itself works as the superuser of the host, which must have an id on the disk too.
    private string OwnerMap => string.Create(CultureInfo.InvariantCulture, $"0 {hostId} {RangeSize}\n{RangeSize} 0 1\n");

    /// <summary>Makes the disk, before it is mounted the first time.</summary>
    internal void PrepareDisk(SandboxSpecification specification)
    {
        MakePrivate(paths.Disk);
        var image = specification.Files is { } files ? Path.Combine(files, ImageName) : null;
        if (image is not null && File.Exists(image))
        {
            _hasTaken = specification.TakesFiles;
            if (_hasTaken) File.Move(image, paths.DiskImage);
            else HostTool.Run("cp", "--sparse=always", "--reflink=auto", "--", image, paths.DiskImage);
            return;
        }

        if (specification.DiskBytes == 0) return;
        using (var file = new FileStream(paths.DiskImage, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.SetLength(specification.DiskBytes);
        }

        // No journal: after a crash of the machine the sandbox is gone anyway.
        HostTool.Run(
            "mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard", paths.DiskImage);
    }

    /// <summary>Mounts everything that the sandbox sees of the host.</summary>
    internal void MountAll(SandboxSpecification specification, string baseDirectory, IsolationOptions options)
    {
        MountDisk();
        PrepareLayers(specification);
        using var owners = UserNamespace.Create(0, OwnerMap);
        Shift(paths.Disk, paths.Layers, isReadOnly: false, owners);
        Shift(baseDirectory, paths.Base, isReadOnly: true, owners);
        Directory.CreateDirectory(paths.Root);
        MountCalls.MountOverlay(paths.Base, Path.Combine(paths.Layers, Upper), Path.Combine(paths.Layers, Work), paths.Root);
        if (specification.Template.RootDirectory is not null) SudoProgram.LinkIn(paths.Root, hostId);

        // What starts the sandbox runs as a user of its own, who may not be able to pass through the directories on the way
        // to these.
        BindReadOnly(options.SidecarDirectory, paths.Sidecar);
        BindReadOnly(options.DotnetDirectory, paths.Dotnet);
        for (var i = 0; i < specification.Template.Mounts.Count; i++)
            BindReadOnly(specification.Template.Mounts[i].Source, paths.MountOf(i));
    }

    /// <summary>Makes the directories of the overlay, with the files of the specification. The disk is mounted.</summary>
    internal void PrepareLayers(SandboxSpecification specification)
    {
        CopyFiles(specification);
        Make(paths.Upper, HostRoot.Readable);
        Make(paths.Work, HostRoot.OwnerOnly);

        static void Make(string directory, UnixFileMode mode)
        {
            if (Directory.Exists(directory)) return;
            Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, mode);
        }
    }

    /// <summary>Copies what the sandbox has written to a new directory. The sandbox must be frozen or have ended.</summary>
    internal Task<bool> SaveAsync(string directory) =>
        // The files of an ordinary user's sandbox are not on a disk of their own.
        hostId == 0 ? Task.Run(() => Save(directory)) : MountThread.RunAsync(() => Save(directory));

    private bool Save(string directory)
    {
        if (File.Exists(paths.DiskImage)) MountDisk();
        MakePrivate(directory);
        HostTool.CopyTree(paths.Upper, Path.Combine(directory, Upper));
        return true;
    }

    /// <summary>
    /// Moves what the sandbox has written to a new directory on the same file system. The sandbox must have ended.
    /// </summary>
    internal void Move(string directory)
    {
        MakePrivate(directory);
        if (File.Exists(paths.DiskImage)) File.Move(paths.DiskImage, Path.Combine(directory, ImageName));
        else if (Directory.Exists(paths.Upper)) HostTool.MoveTree(paths.Upper, Path.Combine(directory, Upper));
    }

    /// <summary>Moves the files of the specification back after a failure.</summary>
    internal void GiveBack(string? files)
    {
        if (_hasTaken && files is not null) Move(files);
    }

    /// <summary>Returns whether a directory contains the files of a sandbox.</summary>
    internal static bool HasFiles(string directory) =>
        Directory.Exists(Path.Combine(directory, Upper)) || File.Exists(Path.Combine(directory, ImageName));

    internal static void MakePrivate(string directory)
    {
        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, HostRoot.OwnerOnly);
    }

    /// <summary>Finds the block device of a file that is mounted; null when it is not.</summary>
    internal static string? FindLoopDevice(string image)
    {
        foreach (var device in Directory.EnumerateDirectories("/sys/block", "loop*"))
        {
            try
            {
                var file = File.ReadAllText(Path.Combine(device, "loop/backing_file")).TrimEnd('\n');
                if (file == image) return "/dev/" + Path.GetFileName(device);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Not in use.
            }
        }

        return null;
    }

    private void MountDisk()
    {
        if (!File.Exists(paths.DiskImage)) return;
        // The same device, so that both mounts show the same files at the same time.
        if (FindLoopDevice(paths.DiskImage) is { } device)
            HostTool.Run("mount", "-n", "-t", "ext4", "-o", "nosuid,nodev", device, paths.Disk);
        else
            HostTool.Run("mount", "-n", "-t", "ext4", "-o", "loop,nosuid,nodev", paths.DiskImage, paths.Disk);
    }

    private void CopyFiles(SandboxSpecification specification)
    {
        if (specification.Files is not { } files) return;
        var source = Path.Combine(files, Upper);
        if (!Directory.Exists(source)) return;
        _hasTaken = specification.TakesFiles && !File.Exists(paths.DiskImage);
        if (_hasTaken) HostTool.MoveTree(source, paths.Upper);
        else HostTool.CopyTree(source, paths.Upper);
    }

    private static void Shift(string source, string target, bool isReadOnly, SafeFileHandle owners)
    {
        Directory.CreateDirectory(target);
        MountCalls.Bind(source, target, isReadOnly, owners);
    }

    /// <summary>Makes a file or a directory of the host appear at a second place, read-only.</summary>
    internal static void BindReadOnly(string source, string target)
    {
        if (File.Exists(source)) File.WriteAllText(target, "");
        else Directory.CreateDirectory(target);
        MountCalls.Bind(source, target, isReadOnly: true);
    }
}
