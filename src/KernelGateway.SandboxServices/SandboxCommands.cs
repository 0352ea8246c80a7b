using System.Text;
using KernelGateway.Sandboxes;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Users;

namespace KernelGateway.SandboxServices;

/// <summary>What a command has written, and how it ended.</summary>
/// <param name="Output">Its standard output, read as UTF-8.</param>
/// <param name="Error">Its standard error, read as UTF-8.</param>
/// <param name="End">How it ended.</param>
public sealed record CommandResult(string Output, string Error, ProcessEnd End)
{
    /// <summary>Gets the exit code; -1 when a signal ended the command.</summary>
    public int ExitCode => End.ExitCode;
}

/// <summary>Runs commands: processes with pipes, as a <see cref="LocalSandbox"/> starts them.</summary>
public sealed class SandboxCommands : ISandboxCommands
{
    private const int KillSignal = 9;

    private readonly LocalSandbox _sandbox;

    internal SandboxCommands(LocalSandbox sandbox) => _sandbox = sandbox;

    /// <summary>Starts a command, without waiting for its end.</summary>
    /// <param name="options">What is started.</param>
    /// <param name="cancellationToken">Ends the preparation. A command that was started stays.</param>
    /// <exception cref="SandboxProcessException">It cannot be started; nothing is left running.</exception>
    /// <exception cref="UnknownUserException">The default user does not exist any more.</exception>
    /// <exception cref="ArgumentException">The options name a terminal.</exception>
    public Task<SandboxProcess> StartAsync(ProcessStartOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Terminal is not null)
            throw new ArgumentException("A process in a terminal is started by Terminals.", nameof(options));
        return _sandbox.StartAsync(options, cancellationToken);
    }

    /// <summary>Runs a line of shell code to its end. Its standard input is empty.</summary>
    /// <param name="script">The code, for <c>/bin/sh</c>.</param>
    /// <param name="cancellationToken">Kills the command and its process group.</param>
    /// <exception cref="SandboxProcessException">It cannot be started; nothing is left running.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<CommandResult> RunAsync(string script, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(script);
        return RunAsync(new ProcessStartOptions { Command = "/bin/sh", Arguments = ["-c", script] }, cancellationToken);
    }

    /// <summary>Runs a command to its end. Its whole output is kept in memory.</summary>
    /// <param name="options">What is started. It gets no input: <see cref="StartAsync"/> is for commands that need one.</param>
    /// <param name="cancellationToken">Kills the command and its process group.</param>
    /// <exception cref="SandboxProcessException">It cannot be started; nothing is left running.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<CommandResult> RunAsync(ProcessStartOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var process = await StartAsync(options with { HasInput = false }, cancellationToken).ConfigureAwait(false);
        var output = new MemoryStream();
        var error = new MemoryStream();
        try
        {
            await foreach (var piece in process.ReadOutputAsync(cancellationToken: cancellationToken).ConfigureAwait(false))
                (piece.Kind == ProcessOutputKind.StandardError ? error : output).Write(piece.Data.Span);
            var end = await process.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new CommandResult(Decode(output), Decode(error), end);
        }
        catch (OperationCanceledException)
        {
            process.Signal(KillSignal);
            throw;
        }
    }

    /// <inheritdoc/>
    Task<CommandOutcome> ISandboxCommands.RunAsync(string command, CommandOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        return CommandsContract.RunAsync(this, command, options ?? new CommandOptions(), cancellationToken);
    }

    /// <summary>Lists the running commands in the order of their start.</summary>
    public IReadOnlyList<SandboxProcess> List() => [.. _sandbox.Processes.List().Where(process => !process.IsTerminal)];

    private static string Decode(MemoryStream bytes) => Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
}
