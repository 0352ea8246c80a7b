using System.Text.RegularExpressions;

namespace KernelGateway.ControlPlane.Engines;

/// <summary>The ids of sandboxes. They become names of directories, control groups and hosts.</summary>
internal static partial class SandboxId
{
    internal static bool IsValid(string id) => Form().IsMatch(id);

    [GeneratedRegex("^i[a-z0-9]{20}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
