using KernelGateway.SandboxServices.Files;

namespace KernelGateway.SandboxServices.Watching;

/// <summary>A directory that the kernel watches, in the tree of one watch.</summary>
internal sealed class WatchedDirectory(int watch)
{
    private readonly Dictionary<string, WatchedDirectory> _children = [];

    private WatchedDirectory? _parent;
    private string _name = "";

    /// <summary>Gets the kernel's number.</summary>
    internal int Watch { get; } = watch;

    /// <summary>Gets the path of something in this directory, relative to the root.</summary>
    internal string PathOf(string name)
    {
        for (var level = this; level._parent is { } parent; level = parent) name = PathRules.Join(level._name, name);
        return name;
    }

    /// <summary>Puts a directory into this one. What had the name before is taken out.</summary>
    internal void Put(string name, WatchedDirectory child)
    {
        child.TakeOut();
        if (_children.TryGetValue(name, out var former)) former.TakeOut();
        child._parent = this;
        child._name = name;
        _children[name] = child;
    }

    /// <summary>Takes the directory out of its parent; its own children stay in it.</summary>
    internal void TakeOut()
    {
        _parent?._children.Remove(_name);
        _parent = null;
    }

    internal WatchedDirectory? Find(string name) => _children.GetValueOrDefault(name);

    /// <summary>Gives the directory and all below it.</summary>
    internal IEnumerable<WatchedDirectory> All()
    {
        var left = new Stack<WatchedDirectory>([this]);
        while (left.TryPop(out var directory))
        {
            yield return directory;
            foreach (var child in directory._children.Values) left.Push(child);
        }
    }
}
