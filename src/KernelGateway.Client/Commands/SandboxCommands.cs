using System.Text;
using KernelGateway.Client.Connect;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>Runs commands in a sandbox.</summary>
/// <remarks>
/// A command is a line for <c>/bin/bash -l -c</c>. Failures are <see cref="SandboxException"/>: above all <see cref="CommandExitException"/>,
/// <see cref="SandboxTimeoutException"/> and <see cref="SandboxNotFoundException"/> when the sandbox has ended or is paused. All members can be
/// called at the same time.
/// </remarks>
public sealed class SandboxCommands : ISandboxCommands
{
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(10);

    private readonly EnvdClient _envd;
    private readonly ProcessCalls _calls;

    internal SandboxCommands(EnvdClient envd)
    {
        _envd = envd;
        _calls = new ProcessCalls(envd);
    }

    /// <summary>Runs a command to its end.</summary>
    /// <param name="command">The line.</param>
    /// <param name="options">How it is started; null for the defaults.</param>
    /// <param name="cancellationToken">Kills the command and stops waiting.</param>
    /// <returns>What it wrote.</returns>
    /// <exception cref="CommandExitException">Its exit code is not 0.</exception>
    /// <exception cref="SandboxTimeoutException">It has reached its time limit and was killed, or the sandbox has ended.</exception>
    /// <exception cref="SandboxArgumentException">The directory does not exist, or the program cannot be started.</exception>
    public async Task<CommandOutcome> RunAsync(string command, CommandStartOptions? options = null, CancellationToken cancellationToken = default)
    {
        var outcome = await RunToEndAsync(command, options ?? new CommandStartOptions(), onTimeout: null, cancellationToken).ConfigureAwait(false);
        return outcome.ExitCode == 0 ? outcome : throw new CommandExitException(outcome);
    }

    /// <summary>Starts a command and returns when it runs.</summary>
    /// <param name="command">The line.</param>
    /// <param name="options">How it is started; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request. A command that was started stays.</param>
    /// <exception cref="SandboxArgumentException">The directory does not exist, or the program cannot be started.</exception>
    public Task<CommandHandle> StartAsync(string command, CommandStartOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        options ??= new CommandStartOptions();
        if (!options.Stdin) _envd.Version.Require(EnvdVersion.StdinChoice, "A command without standard input (CommandStartOptions.Stdin is false)");
        var process = new JObject { ["cmd"] = "/bin/bash", ["args"] = new JArray("-l", "-c", command) };
        if (options.Envs is { } variables) process["envs"] = JObject.FromObject(variables);
        if (options.Cwd is { } directory) process["cwd"] = directory;
        return CommandHandle.OpenAsync(
            _envd,
            "Start",
            new JObject { ["process"] = process, ["stdin"] = options.Stdin },
            _envd.UserOr(options.User),
            StreamTimeout.Read(options.Timeout, nameof(options)),
            options.OnStdout,
            options.OnStderr,
            cancellationToken);
    }

    /// <summary>Connects to a command that runs. Its output comes from now on.</summary>
    /// <param name="pid">Its process id.</param>
    /// <param name="options">How to connect; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">No command has the id.</exception>
    public Task<CommandHandle> ConnectAsync(int pid, CommandConnectOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new CommandConnectOptions();
        return CommandHandle.OpenAsync(
            _envd,
            "Connect",
            new JObject { ["process"] = ProcessCalls.Selector(pid) },
            user: null,
            StreamTimeout.Read(options.Timeout, nameof(options)),
            options.OnStdout,
            options.OnStderr,
            cancellationToken);
    }

    /// <summary>Lists the commands and terminals that run.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<IReadOnlyList<ProcessInfo>> ListAsync(CancellationToken cancellationToken = default) => _calls.ListAsync(cancellationToken);

    /// <summary>Kills a command with SIGKILL.</summary>
    /// <param name="pid">Its process id.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>False when no command has the id.</returns>
    public Task<bool> KillAsync(int pid, CancellationToken cancellationToken = default) => _calls.KillAsync(pid, cancellationToken);

    /// <summary>Writes a text as UTF-8 to the standard input of a command that was started with one.</summary>
    /// <param name="pid">Its process id.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">No command has the id.</exception>
    public Task SendStdinAsync(int pid, string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendStdinAsync(pid, Encoding.UTF8.GetBytes(text), cancellationToken);
    }

    /// <summary>Writes bytes to the standard input of a command that was started with one.</summary>
    /// <param name="pid">Its process id.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">No command has the id.</exception>
    public Task SendStdinAsync(int pid, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        _calls.SendInputAsync(pid, "stdin", content, cancellationToken);

    /// <summary>Ends the standard input of a command.</summary>
    /// <param name="pid">Its process id.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">No command has the id.</exception>
    public Task CloseStdinAsync(int pid, CancellationToken cancellationToken = default) => _calls.CloseStdinAsync(pid, cancellationToken);

    async Task<CommandOutcome> ISandboxCommands.RunAsync(string command, CommandOptions? options, CancellationToken cancellationToken)
    {
        var start = new CommandStartOptions
        {
            Cwd = options?.WorkingDirectory,
            Envs = options?.EnvironmentVariables,
            Timeout = options?.Timeout ?? Timeout.InfiniteTimeSpan,
            OnStdout = options?.OnStdout,
            OnStderr = options?.OnStderr,
        };
        return await RunToEndAsync(command, start, onTimeout: Killed, cancellationToken).ConfigureAwait(false);

        static CommandOutcome Killed(CommandHandle handle) => new(handle.Stdout, handle.Stderr, -1) { Error = "signal: killed", WasTimeLimit = true };
    }

    private async Task<CommandOutcome> RunToEndAsync(
        string command, CommandStartOptions options, Func<CommandHandle, CommandOutcome>? onTimeout, CancellationToken cancellationToken)
    {
        var handle = await StartAsync(command, options, cancellationToken).ConfigureAwait(false);
        await using (handle.ConfigureAwait(false))
        {
            try
            {
                return await handle.GetOutcomeAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SandboxTimeoutException exception) when (onTimeout is not null && exception.Code == "deadline_exceeded")
            {
                return onTimeout(handle);
            }
            catch (OperationCanceledException)
            {
                await TryKillAsync(handle).ConfigureAwait(false);
                throw;
            }
        }
    }

    private async Task TryKillAsync(CommandHandle handle)
    {
        using var limit = new CancellationTokenSource(KillLimit, _envd.Settings.Time);
        try
        {
            await handle.KillAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SandboxException or OperationCanceledException)
        {
            // The caller is leaving; the command's own time limit still ends it.
        }
    }
}
