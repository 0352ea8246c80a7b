using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Users;

namespace KernelGateway.SandboxServices;

/// <summary>Starts terminals: processes in a pseudo terminal, as a <see cref="LocalSandbox"/> starts them.</summary>
public sealed class SandboxTerminals
{
    private static readonly TerminalSize DefaultSize = new(80, 24);

    // Without LANG, shells take each byte of a character for a character of its own.
    private static readonly Dictionary<string, string> TerminalVariables = new(StringComparer.Ordinal)
    {
        ["TERM"] = "xterm-256color",
        ["LANG"] = "C.UTF-8",
    };

    private readonly LocalSandbox _sandbox;

    internal SandboxTerminals(LocalSandbox sandbox) => _sandbox = sandbox;

    /// <summary>Starts an interactive login shell in a terminal: bash, or sh where that is not installed.</summary>
    /// <param name="size">The size; null for 80 columns and 24 rows.</param>
    /// <param name="cancellationToken">Ends the preparation. A shell that was started stays.</param>
    /// <exception cref="SandboxProcessException">It cannot be started; nothing is left running.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No terminal can have this size.</exception>
    public Task<SandboxProcess> StartShellAsync(TerminalSize? size = null, CancellationToken cancellationToken = default)
    {
        var shell = File.Exists("/bin/bash") ? "/bin/bash" : "/bin/sh";
        var options = new ProcessStartOptions { Command = shell, Arguments = ["-i", "-l"], Terminal = size };
        return StartAsync(options, cancellationToken);
    }

    /// <summary>Starts a program in a terminal.</summary>
    /// <param name="options">
    /// What is started. Without a size the terminal has 80 columns and 24 rows; without variables <c>TERM</c> and <c>LANG</c> the
    /// program gets <c>xterm-256color</c> and <c>C.UTF-8</c>.
    /// </param>
    /// <param name="cancellationToken">Ends the preparation. A program that was started stays.</param>
    /// <exception cref="SandboxProcessException">It cannot be started; nothing is left running.</exception>
    /// <exception cref="UnknownUserException">The default user does not exist any more.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No terminal can have this size.</exception>
    public Task<SandboxProcess> StartAsync(ProcessStartOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var variables = new Dictionary<string, string>(TerminalVariables, StringComparer.Ordinal);
        foreach (var (name, value) in options.Variables) variables[name] = value;
        return _sandbox.StartAsync(
            options with { Variables = variables, Terminal = options.Terminal ?? DefaultSize }, cancellationToken);
    }

    /// <summary>Lists the running terminals in the order of their start.</summary>
    public IReadOnlyList<SandboxProcess> List() => [.. _sandbox.Processes.List().Where(process => process.IsTerminal)];
}
