using System.Text.RegularExpressions;

namespace KernelGateway.ControlPlane.Templates;

/// <summary>How a request names a template or snapshot: <c>[namespace/]name[:tag]</c>, lower-cased.</summary>
/// <param name="Namespace">The team before the slash; null when there is none.</param>
/// <param name="Name">The name or id.</param>
/// <param name="Tag">The tag; null when there is none.</param>
internal sealed partial record TemplateReference(string? Namespace, string Name, string? Tag)
{
    /// <summary>The tag that is meant when a reference has none.</summary>
    public const string DefaultTag = "default";

    /// <summary>Reads a reference; null when it is malformed.</summary>
    public static TemplateReference? TryParse(string text)
    {
        var match = Form().Match(text.Trim().ToLowerInvariant());
        return match.Success ? new TemplateReference(Value("space"), match.Groups["name"].Value, Value("tag")) : null;

        string? Value(string group) => match.Groups[group] is { Success: true } found ? found.Value : null;
    }

    /// <summary>Returns the reference without its tag.</summary>
    public string Path => Namespace is null ? Name : $"{Namespace}/{Name}";

    public override string ToString() => Tag is null ? Path : $"{Path}:{Tag}";

    [GeneratedRegex("^(?:(?<space>[a-z0-9_-]+)/)?(?<name>[a-z0-9_-]+)(?::(?<tag>[a-z0-9_.-]+))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
