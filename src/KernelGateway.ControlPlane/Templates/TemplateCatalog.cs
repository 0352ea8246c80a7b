namespace KernelGateway.ControlPlane.Templates;

/// <summary>The templates from which sandboxes can be created: those in a directory, and built-in ones for names that it does not have.</summary>
/// <remarks>
/// The directory is read at each look-up, so a template that was just built can be used without a restart. The built-in ones use the
/// engine's own base; they exist so that a fresh machine can create the sandboxes that the SDKs ask for by default.
/// </remarks>
internal sealed class TemplateCatalog
{
    private static readonly IReadOnlyList<SandboxTemplate> BuiltIn =
    [
        new SandboxTemplate { Id = "base" },
        new SandboxTemplate
        {
            Id = "code-interpreter-v1",
            Aliases = ["code-interpreter-stateful", "code-interpreter-multikernel", "code-interpreter-beta"],
            WarmKernels = ["python"],
            MemoryBytes = 1L << 30,
        },
    ];

    private readonly string? _directory;
    private readonly Func<string, SandboxTemplate> _read;

    /// <summary>Creates the catalog.</summary>
    /// <param name="directory">The directory of the templates, one directory for each; null for the built-in ones only.</param>
    /// <param name="read">Reads the template in a directory; null for <see cref="TemplateFile.Read"/>.</param>
    public TemplateCatalog(string? directory, Func<string, SandboxTemplate>? read = null)
    {
        _directory = directory;
        _read = read ?? TemplateFile.Read;
    }

    /// <summary>Finds a template by its id or one of its aliases; null when there is none.</summary>
    /// <exception cref="TemplateException">Its file cannot be used.</exception>
    public SandboxTemplate? Find(string name)
    {
        if (_directory is not null && IsPlainName(name) && File.Exists(Path.Combine(_directory, name, TemplateFile.Name)))
            return _read(Path.Combine(_directory, name));
        return BuiltIn.FirstOrDefault(template => template.Id == name)
            ?? List().FirstOrDefault(template => template.Aliases.Contains(name));
    }

    /// <summary>Returns all templates; those of the directory come first.</summary>
    /// <exception cref="TemplateException">A file cannot be used.</exception>
    public IReadOnlyList<SandboxTemplate> List()
    {
        var found = new List<SandboxTemplate>();
        if (_directory is not null && Directory.Exists(_directory))
        {
            found.AddRange(Directory.EnumerateDirectories(_directory)
                .Where(path => !Path.GetFileName(path).StartsWith('.') && File.Exists(Path.Combine(path, TemplateFile.Name)))
                .Order(StringComparer.Ordinal)
                .Select(_read));
        }

        found.AddRange(BuiltIn.Where(template => found.TrueForAll(other => other.Id != template.Id)));
        return found;
    }

    // References have been checked for their form; this keeps the file system out of reach of any other caller.
    private static bool IsPlainName(string name) => name == Path.GetFileName(name) && name is not ("." or "..");
}
