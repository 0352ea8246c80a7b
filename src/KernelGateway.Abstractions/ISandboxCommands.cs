using KernelGateway.Sandboxes;

namespace KernelGateway;

/// <summary>The commands of the machine or sandbox in which code runs, as far as tools need them.</summary>
public interface ISandboxCommands
{
    /// <summary>Runs a line of shell code to its end. Its standard input is empty; its whole output is kept in memory.</summary>
    /// <param name="command">The line, for <c>/bin/sh</c> or <c>/bin/bash</c>.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="cancellationToken">Kills the command.</param>
    /// <returns>What it wrote and how it ended. An exit code other than 0 is a result, not an exception.</returns>
    /// <exception cref="SandboxException">It cannot be started.</exception>
    /// <exception cref="OperationCanceledException">The token fired before the end.</exception>
    Task<CommandOutcome> RunAsync(string command, CommandOptions? options = null, CancellationToken cancellationToken = default);
}
