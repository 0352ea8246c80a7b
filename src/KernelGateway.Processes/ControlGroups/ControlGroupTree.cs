namespace KernelGateway.Processes.ControlGroups;

/// <summary>The control groups that this process may make, below its own group in each hierarchy.</summary>
/// <remarks>
/// An ordinary user may make groups only where they were delegated to him, and most containers show them read-only. Groups
/// without limits are made in version 2, or else in a hierarchy of version 1 whose membership alone changes nothing.
/// </remarks>
/// <param name="root">The directory that stands for the root of the file system.</param>
internal sealed class ControlGroupTree(string root = "/")
{
    private const string LeafKey = "self";
    private const string SubtreeFile = "cgroup.subtree_control";

    // Of version 1. Those of the other hierarchies would also limit, or account for, what is in them.
    private static readonly string[] Harmless = ["name=systemd", "pids", "freezer"];

    private readonly Lock _lock = new();
    private readonly Lazy<IReadOnlyList<ControlGroupHierarchy>> _hierarchies = new(() => ControlGroupHierarchy.ReadAll(root));

    /// <summary>Gets the tree of the machine.</summary>
    internal static ControlGroupTree Machine { get; } = new();

    /// <summary>Gets what removes an empty group; a test's removes the files of the group too, as the system does.</summary>
    internal Action<string> RemoveDirectory { get; init; } = Directory.Delete;

    /// <summary>Gets the hierarchy of version 2; null when there is none.</summary>
    internal ControlGroupHierarchy? Unified => Hierarchies.FirstOrDefault(hierarchy => hierarchy.Version == 2);

    /// <summary>Gets whether there is a hierarchy of version 1.</summary>
    internal bool HasVersion1 => Hierarchies.Any(hierarchy => hierarchy.Version == 1);

    /// <summary>Gets all hierarchies that are mounted.</summary>
    internal IReadOnlyList<ControlGroupHierarchy> Hierarchies => _hierarchies.Value;

    /// <summary>Creates a group without limits; null when that is not permitted.</summary>
    /// <param name="key">What distinguishes the group from others of this process.</param>
    internal ControlGroup? TryCreate(string key)
    {
        var name = ControlGroupOwner.Self.NameOf(key);
        var parents = Hierarchies.Where(hierarchy => hierarchy.Version == 2)
            .Concat(Hierarchies.Where(hierarchy => hierarchy.Controllers.Intersect(Harmless).Any()))
            .Select(GetParent);
        foreach (var parent in parents)
            if (TryMake(Path.Combine(parent, name)) is { } directory) return new ControlGroup([directory], RemoveDirectory);
        return null;
    }

    /// <summary>Creates a group with limits.</summary>
    /// <param name="key">What distinguishes the group from others of this process.</param>
    /// <param name="memoryBytes">How much memory its processes may use; null for no limit.</param>
    /// <param name="processes">How many processes and threads it may have; null for no limit.</param>
    /// <exception cref="IOException">The system does not permit one of them.</exception>
    internal ControlGroup Create(string key, long? memoryBytes, int? processes)
    {
        var name = ControlGroupOwner.Self.NameOf(key);
        var memory = memoryBytes is null ? null : Require(ControllerLimit.Memory);
        var count = processes is null ? null : Require(ControllerLimit.Processes);
        // Members are killed in version 2 where there is one.
        var unified = Hierarchies.FirstOrDefault(hierarchy => hierarchy.Version == 2);
        var made = new List<string>();
        try
        {
            foreach (var hierarchy in new[] { unified, memory, count }.OfType<ControlGroupHierarchy>().Distinct())
            {
                var directory = DirectoryIn(hierarchy);
                if (TryMake(directory) is not null) made.Add(directory);
                else if (hierarchy == memory || hierarchy == count)
                    throw new IOException($"The control group '{directory}' cannot be created.");
            }

            if (memory is not null) ControllerLimit.SetMemory(DirectoryIn(memory), memory.Version, memoryBytes!.Value);
            if (count is not null) ControllerLimit.SetProcesses(DirectoryIn(count), processes!.Value);
            return new ControlGroup(made, RemoveDirectory);
        }
        catch
        {
            foreach (var directory in made) ControlGroup.TryRemove(directory, RemoveDirectory);
            throw;
        }

        string DirectoryIn(ControlGroupHierarchy hierarchy) => Path.Combine(GetParent(hierarchy), name);
    }

    /// <summary>Finds a group that this process or an earlier gateway has made; null when there is none.</summary>
    /// <param name="key">Its key.</param>
    internal ControlGroup? Find(string key)
    {
        string[] directories = [.. ListGroups().Where(directory => HasKey(Path.GetFileName(directory), key))];
        return directories.Length == 0 ? null : new ControlGroup(directories, RemoveDirectory);
    }

    /// <summary>
    /// Returns the hierarchy whose groups can have a controller, after turning it on where that is needed; null when they cannot.
    /// </summary>
    /// <param name="controller">The controller.</param>
    internal ControlGroupHierarchy? TryEnable(string controller)
    {
        if (ControlGroupHierarchy.Find(Hierarchies, controller) is not { } hierarchy) return null;
        lock (_lock) return hierarchy.Version == 1 || TryEnable(GetParent(hierarchy), controller) ? hierarchy : null;
    }

    /// <summary>Removes the empty groups of gateways of this user that have ended.</summary>
    /// <param name="concerns">Returns whether a group of this key is meant.</param>
    /// <returns>Those that still have processes.</returns>
    internal IReadOnlyList<ControlGroup> RemoveAbandoned(Predicate<string> concerns)
    {
        var left = new List<ControlGroup>();
        foreach (var directory in ListGroups())
        {
            if (FindAbandonedKey(Path.GetFileName(directory)) is not { } key || !concerns(key)) continue;
            var group = new ControlGroup([directory], RemoveDirectory);
            if (!group.TryRemove()) left.Add(group);
        }

        return left;
    }

    // The key of a group whose gateway has ended and was of this user, as far as its name says so; null for any other group.
    private static string? FindAbandonedKey(string name)
    {
        if (ControlGroupOwner.Parse(name) is var (owner, key))
            return owner.UserId == ControlGroupOwner.Self.UserId && !owner.IsAlive ? key : null;
        return ControlGroupOwner.ParseFormer(name) is var (processId, formerKey) && !ControlGroupOwner.Exists(processId)
            ? formerKey
            : null;
    }

    // Versions before named it without an owner.
    private static bool HasKey(string name, string key) =>
        ControlGroupOwner.Parse(name)?.Key == key || name == ControlGroupOwner.Prefix + key;

    private static string? TryMake(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return directory;
        }
        catch (Exception exception) when (GroupFile.IsRefusal(exception))
        {
            return null;
        }
    }

    // This process may be in a group of its own below the one that it was started in.
    internal static string GetParent(ControlGroupHierarchy hierarchy) =>
        HasKey(Path.GetFileName(hierarchy.Own), LeafKey) ? Path.GetDirectoryName(hierarchy.Own)! : hierarchy.Own;

    private ControlGroupHierarchy Require(string controller) =>
        TryEnable(controller) ?? throw new IOException($"No control group can have the controller '{controller}'.");

    private IEnumerable<string> ListGroups()
    {
        foreach (var parent in Hierarchies.Select(GetParent).Distinct())
        {
            string[] found;
            try
            {
                found = Directory.GetDirectories(parent, ControlGroupOwner.Prefix + "*");
            }
            catch (Exception exception) when (GroupFile.IsRefusal(exception))
            {
                continue;
            }

            foreach (var directory in found) yield return directory;
        }
    }

    // cgroups(7), "no internal processes": a group of version 2 that has processes cannot give controllers to the groups below
    // it, unless it is the root. This process then moves into a group beside those that it makes, if no other process is in the way.
    private bool TryEnable(string parent, string controller)
    {
        var file = Path.Combine(parent, SubtreeFile);
        if (GroupFile.ReadWords(file).Contains(controller) || GroupFile.TryWrite(file, $"+{controller}")) return true;
        var self = $"{Environment.ProcessId}";
        if (GroupFile.ReadText(Path.Combine(parent, ControlGroupHierarchy.MembersFile)) != self) return false;
        if (TryMake(Path.Combine(parent, ControlGroupOwner.Self.NameOf(LeafKey))) is not { } leaf) return false;
        if (GroupFile.TryWrite(Path.Combine(leaf, ControlGroupHierarchy.MembersFile), self)
            && GroupFile.TryWrite(file, $"+{controller}"))
            return true;

        GroupFile.TryWrite(Path.Combine(parent, ControlGroupHierarchy.MembersFile), self);
        ControlGroup.TryRemove(leaf, RemoveDirectory);
        return false;
    }
}
