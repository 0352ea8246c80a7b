using System.Text.Json;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap;

/// <summary>What bubblewrap writes into its status file.</summary>
/// <remarks>
/// <code>
/// { "child-pid": 6263, ... }
/// { "exit-code": 7 }
/// </code>
/// The second line comes when the command has ended. The first process of the sandbox lives on while others of it do.
/// </remarks>
internal static class BubblewrapStatus
{
    /// <summary>Reads the exit code of the command; null when it runs, or when the bubblewrap outside was killed.</summary>
    internal static int? ReadExitCode(SandboxPaths paths)
    {
        try
        {
            foreach (var line in File.ReadLines(paths.Status))
            {
                using var document = JsonDocument.Parse(line);
                if (document.RootElement.TryGetProperty("exit-code", out var code)) return code.GetInt32();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            // It was removed, or bubblewrap was killed while it wrote.
        }

        return null;
    }
}
