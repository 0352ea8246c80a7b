using System.Runtime.InteropServices;

namespace KernelGateway.ControlPlane.Engines.Native;

/// <summary>The installation of .NET that runs this program.</summary>
internal static class DotnetInstallation
{
    /// <summary>Gets its directory, which contains the program <c>dotnet</c>.</summary>
    internal static string Directory { get; } =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}
