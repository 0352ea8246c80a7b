using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Processes;

namespace KernelGateway.AspNetCore.Jupyter.Terminals;

/// <summary>Starts the shell of a terminal, as Jupyter's server does: a login shell.</summary>
/// <param name="surface">The shared services of the endpoints.</param>
/// <param name="sandbox">The processes and users of the machine.</param>
internal sealed class TerminalShell(HttpSurface surface, LocalSandbox sandbox)
{
    private static readonly TerminalSize FirstSize = new(80, 25);

    /// <summary>Starts a shell.</summary>
    /// <param name="name">The name of the terminal.</param>
    /// <param name="directory">The wanted directory, absolute or below the default one; null for the default one.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="SandboxProcessException">It cannot be started.</exception>
    public Task<SandboxProcess> StartAsync(string name, string? directory, CancellationToken cancellationToken)
    {
        var root = DefaultDirectory.Find(surface.Gateway);
        return sandbox.StartAsync(
            new ProcessStartOptions
            {
                Command = FindShell(),
                Arguments = ["-l"],
                Variables = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["TERM"] = "xterm-256color",
                    ["JUPYTER_SERVER_ROOT"] = root,

                    // Without it, shells take each byte of a character for a character of its own.
                    ["LANG"] = Environment.GetEnvironmentVariable("LANG") is { Length: > 0 } language ? language : "C.UTF-8",
                },
                WorkingDirectory = FindDirectory(directory, root),

                // It can be changed by /init.
                User = sandbox.GetUser(null),
                Tag = $"jupyter-terminal-{name}",
                Terminal = FirstSize,
            },
            cancellationToken);
    }

    private static string FindShell()
    {
        if (Environment.GetEnvironmentVariable("SHELL") is { Length: > 0 } wanted && File.Exists(wanted)) return wanted;
        return File.Exists("/bin/bash") ? "/bin/bash" : "/bin/sh";
    }

    // Jupyter's clients send paths of the contents API, and paths of another machine.
    private static string FindDirectory(string? directory, string root)
    {
        if (directory is null || directory.Contains('\0', StringComparison.Ordinal)) return root;
        if (Path.IsPathRooted(directory) && Directory.Exists(directory)) return directory;
        var below = Path.GetFullPath(directory.TrimStart('/'), root);
        return Directory.Exists(below) ? below : root;
    }
}
