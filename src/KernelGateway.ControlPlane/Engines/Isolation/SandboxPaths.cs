namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>Where the files of one sandbox are.</summary>
/// <param name="Directory">
/// The directory of the sandbox. The first user of its range may pass through it, the superuser of the host may list it, and
/// nobody else anything: a file with the set-user-id bit in it has no effect outside.
/// </param>
internal sealed record SandboxPaths(string Directory)
{
    internal const string RecordName = "record.json";

    internal string Record => Path.Combine(Directory, RecordName);

    /// <summary>Gets the file with the exit code of the command.</summary>
    internal string Status => Path.Combine(Directory, "status");

    /// <summary>Gets the directory with the Unix socket, which belongs to the sandbox.</summary>
    internal string SocketDirectory => Path.Combine(Directory, "run");

    /// <summary>Gets the file system of limited size.</summary>
    internal string DiskImage => Path.Combine(Directory, "disk.img");

    /// <summary>
    /// Gets the directory with what the sandbox has written, or the mount point of the file system with it. Superuser only.
    /// </summary>
    internal string Disk => Path.Combine(Directory, "disk");

    /// <summary>Gets the directory of what the sandbox has written, as an overlay keeps it.</summary>
    internal string Upper => Path.Combine(Disk, SandboxMounts.Upper);

    /// <summary>Gets the directory that the overlay works in.</summary>
    internal string Work => Path.Combine(Disk, SandboxMounts.Work);

    /// <summary>Gets the file with the output of the command.</summary>
    internal string Log => Path.Combine(Disk, "log");

    /// <summary>Gets the mount point of the same with shifted owners.</summary>
    internal string Layers => Path.Combine(Directory, "layers");

    internal string Base => Path.Combine(Directory, "base");

    internal string Root => Path.Combine(Directory, "root");

    internal string Sidecar => Path.Combine(Directory, "sidecar");

    internal string Dotnet => Path.Combine(Directory, "dotnet");

    /// <summary>Gets the directory with the programs that every sandbox has.</summary>
    internal string Programs => Path.Combine(Directory, "programs");

    internal string ResolverConfiguration => Path.Combine(Directory, "resolv.conf");

    internal string Hosts => Path.Combine(Directory, "hosts");

    /// <summary>Gets the mount point of one of the things of the host that every sandbox sees.</summary>
    internal string SharedOf(int index) => Path.Combine(Directory, $"shared{index}");

    internal string MountOf(int index) => Path.Combine(Directory, $"mount{index}");
}
