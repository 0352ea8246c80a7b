using KernelGateway.Sandboxes;

namespace KernelGateway.Client.Legacy;

/// <summary>A process in a sandbox.</summary>
public sealed class Process
{
    private readonly SandboxSession _session;
    private readonly ProcessHandlers _handlers;
    private readonly OutputLines _stdout = new();   // These two are used by the callbacks of the command only, which come one after another.
    private readonly OutputLines _stderr = new();
    private CommandHandle _handle = null!;

    internal Process(SandboxSession session, ProcessHandlers handlers)
    {
        _session = session;
        _handlers = handlers;
    }

    /// <summary>Gets the id of the process in the sandbox.</summary>
    public int Pid => _handle.Pid;

    /// <summary>Gets what it has written so far, and its exit code when it has ended.</summary>
    public ProcessOutput Output { get; } = new();

    /// <summary>Gets a task that ends with the process. It fails if the connection to the sandbox is lost or closed, or if a handler throws.</summary>
    public Task<ProcessOutput> Finished { get; private set; } = null!;

    /// <summary>Waits for the end of the process.</summary>
    /// <param name="timeout">How long to wait; the process runs on when it is reached. Default: no limit.</param>
    /// <param name="cancellationToken">Stops waiting; the process runs on.</param>
    /// <returns>What it has written, and its exit code. One that is not 0 is no exception.</returns>
    /// <exception cref="TimeoutException">It has not ended in time.</exception>
    /// <exception cref="ProcessException">The connection to it was lost.</exception>
    public Task<ProcessOutput> WaitAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Finished.WaitAsync(timeout ?? Timeout.InfiniteTimeSpan, _session.Time, cancellationToken);

    /// <summary>Kills the process and waits for its end. One that has ended is no error.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ProcessException">The sandbox cannot be reached.</exception>
    public async Task KillAsync(CancellationToken cancellationToken = default)
    {
        await _session.RunOnProcessesAsync("Killing the process", null, (_, token) => _handle.KillAsync(token), cancellationToken).ConfigureAwait(false);
        await Finished.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes to the standard input of the process.</summary>
    /// <param name="data">The text. A line ends with <c>\n</c>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ProcessException">It has ended, or its input is closed.</exception>
    public Task SendStdinAsync(string data, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return _session.RunOnProcessesAsync(
            "Writing to the process",
            null,
            async (_, token) =>
            {
                await _handle.SendStdinAsync(data, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Takes a chunk of output.</summary>
    internal void Receive(string chunk, bool isError)
    {
        foreach (var line in (isError ? _stderr : _stdout).Add(chunk)) Report(line, isError);
    }

    /// <summary>Follows the process, which was just started, to its end.</summary>
    internal void Follow(CommandHandle handle)
    {
        _handle = handle;
        Finished = FollowAsync();

        // Who does not wait for it has no use for its failure.
        _ = Finished.ContinueWith(
            static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private async Task<ProcessOutput> FollowAsync()
    {
        try
        {
            var exitCode = await GetExitCodeAsync().ConfigureAwait(false);
            if (_stdout.Complete() is { } lastLine) Report(lastLine, isError: false);
            if (_stderr.Complete() is { } lastProblem) Report(lastProblem, isError: true);
            Output.ExitCode = exitCode;
            _handlers.OnExit?.Invoke(exitCode);
            return Output;
        }
        finally
        {
            _session.Release(_handle);
        }
    }

    private async Task<int> GetExitCodeAsync()
    {
        try
        {
            return (await _handle.WaitAsync().ConfigureAwait(false)).ExitCode;
        }
        catch (CommandExitException exception)
        {
            return exception.ExitCode;   // A result here, not a failure.
        }
        catch (SandboxException exception)
        {
            throw new ProcessException(exception.Error, exception.Message, exception);
        }
    }

    private void Report(string line, bool isError)
    {
        var message = new ProcessMessage(line, _session.Time.GetUtcNow(), isError);
        Output.Add(message);
        (isError ? _handlers.OnStderr : _handlers.OnStdout)?.Invoke(message);
    }
}
