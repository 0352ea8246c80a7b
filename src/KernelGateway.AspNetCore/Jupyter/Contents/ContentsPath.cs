namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>A path of the contents API: names below the served directory, joined with "/", without a slash at either end.</summary>
internal sealed class ContentsPath
{
    private readonly string[] _names;

    private ContentsPath(string[] names) => _names = names;

    public bool IsRoot => _names.Length == 0;

    /// <summary>Gets the last name; empty for the served directory itself.</summary>
    public string Name => IsRoot ? "" : _names[^1];

    public ContentsPath Parent => IsRoot ? this : new ContentsPath(_names[..^1]);

    /// <summary>Gets a value indicating whether Jupyter hides it: a name in it begins with a dot.</summary>
    public bool IsHidden => _names.Any(name => name.StartsWith('.'));

    /// <summary>Gets a value indicating whether its name is that of a notebook.</summary>
    public bool IsNotebook => Name.EndsWith(".ipynb", StringComparison.Ordinal);

    /// <summary>Reads a path. "." and ".." are resolved by name, as Jupyter does it.</summary>
    /// <exception cref="ContentsException">It leads out of the served directory, or is not a possible path.</exception>
    public static ContentsPath Parse(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal)) throw ContentsException.BadRequest("The path contains a NUL character.");
        var names = new List<string>();
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (name == ".") continue;
            if (name != "..")
            {
                names.Add(name);
                continue;
            }

            if (names.Count == 0) throw ContentsException.Outside(path);
            names.RemoveAt(names.Count - 1);
        }

        return new ContentsPath([.. names]);
    }

    public ContentsPath Child(string name) => new([.. _names, name]);

    public override string ToString() => string.Join('/', _names);
}
