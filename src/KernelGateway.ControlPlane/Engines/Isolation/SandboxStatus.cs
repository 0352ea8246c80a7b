using System.Text.Json;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>The status file of a sandbox, into which bubblewrap writes, or the first process of the sandbox.</summary>
/// <remarks>
/// <code>
/// { "child-pid": 6263, ... }
/// { "exit-code": 7 }
/// </code>
/// The first line comes from bubblewrap alone. The line with the exit code comes when the command has ended.
/// </remarks>
internal static class SandboxStatus
{
    /// <summary>Reads the exit code of the command; null when it runs, or when its writer was killed.</summary>
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
            // It was removed, or the writer was killed while it wrote.
        }

        return null;
    }
}
