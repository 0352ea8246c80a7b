namespace KernelGateway.Client.Legacy;

/// <summary>Starts processes in a sandbox.</summary>
public sealed class ProcessManager
{
    private readonly SandboxSession _session;

    internal ProcessManager(SandboxSession session) => _session = session;

    /// <summary>Starts a line of shell code, run by <c>/bin/bash</c> as a login shell, and returns when it has started.</summary>
    /// <param name="cmd">The line.</param>
    /// <param name="envVars">Variables for this process. They have precedence over those of the sandbox. Default: none.</param>
    /// <param name="cwd">The directory in which it starts. Default: that of the sandbox.</param>
    /// <param name="onStdout">Called with each line of the standard output, instead of the sandbox's handler. It should be quick.</param>
    /// <param name="onStderr">Called with each line of the standard error, instead of the sandbox's handler. It should be quick.</param>
    /// <param name="onExit">Called with the exit code, after all output, instead of the sandbox's handler.</param>
    /// <param name="timeout">How long the start may take. Default: 60 seconds. It does not limit the process.</param>
    /// <param name="cancellationToken">Cancels the start. A process that has started runs on.</param>
    /// <exception cref="CurrentWorkingDirectoryDoesntExistException">There is no such directory.</exception>
    /// <exception cref="ProcessException">It cannot be started.</exception>
    /// <exception cref="TimeoutException">The start took too long.</exception>
    public async Task<Process> StartAsync(
        string cmd,
        IReadOnlyDictionary<string, string>? envVars = null,
        string? cwd = null,
        Action<ProcessMessage>? onStdout = null,
        Action<ProcessMessage>? onStderr = null,
        Action<int>? onExit = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cmd);
        var process = new Process(_session, new ProcessHandlers(onStdout, onStderr, onExit).Or(_session.Handlers));
        var directory = cwd is null ? _session.Cwd : _session.Resolve(cwd);
        var options = new CommandStartOptions
        {
            Cwd = directory,
            Envs = _session.MergeVariables(envVars),
            Stdin = true,
            Timeout = Timeout.InfiniteTimeSpan,
            OnStdout = chunk => process.Receive(chunk, isError: false),
            OnStderr = chunk => process.Receive(chunk, isError: true),
        };
        var handle = await _session.RunOnProcessesAsync(
            "Starting the process", timeout, (commands, token) => StartCommandAsync(commands, cmd, options, token), cancellationToken).ConfigureAwait(false);
        await _session.KeepAsync(handle).ConfigureAwait(false);
        process.Follow(handle);
        return process;
    }

    /// <summary>Starts a line of shell code and waits for its end. The parameters are those of <see cref="StartAsync"/>.</summary>
    /// <param name="cmd">The line.</param>
    /// <param name="envVars">Variables for this process.</param>
    /// <param name="cwd">The directory in which it starts.</param>
    /// <param name="onStdout">Called with each line of the standard output.</param>
    /// <param name="onStderr">Called with each line of the standard error.</param>
    /// <param name="onExit">Called with the exit code.</param>
    /// <param name="timeout">How long the start may take, and then how long the process may take. Default: 60 seconds, and no limit.</param>
    /// <param name="cancellationToken">Stops waiting; the process runs on.</param>
    public async Task<ProcessOutput> StartAndWaitAsync(
        string cmd,
        IReadOnlyDictionary<string, string>? envVars = null,
        string? cwd = null,
        Action<ProcessMessage>? onStdout = null,
        Action<ProcessMessage>? onStderr = null,
        Action<int>? onExit = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        var process = await StartAsync(cmd, envVars, cwd, onStdout, onStderr, onExit, timeout, cancellationToken).ConfigureAwait(false);
        return await process.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<CommandHandle> StartCommandAsync(
        SandboxCommands commands, string cmd, CommandStartOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await commands.StartAsync(cmd, options, cancellationToken).ConfigureAwait(false);
        }
        catch (SandboxArgumentException exception)
            when (options.Cwd is not null && exception.Message.EndsWith("' does not exist", StringComparison.Ordinal))
        {
            throw new CurrentWorkingDirectoryDoesntExistException(options.Cwd, exception);
        }
    }
}
