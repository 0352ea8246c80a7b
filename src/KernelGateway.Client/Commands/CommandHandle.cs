using System.Text;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>A command that runs in a sandbox. Its output is kept from the start or the connection on.</summary>
/// <remarks>Disposal disconnects: the command goes on, and what it writes while nobody is connected is lost.</remarks>
public sealed class CommandHandle : IAsyncDisposable
{
    private readonly ProcessCalls _calls;
    private readonly OutputLog _output;
    private readonly ProcessStream _stream;

    private CommandHandle(ProcessCalls calls, OutputLog output, ProcessStream stream)
    {
        _calls = calls;
        _output = output;
        _stream = stream;
    }

    /// <summary>Gets the process id.</summary>
    public int Pid => _stream.Pid;

    /// <summary>Gets the standard output so far.</summary>
    public string Stdout => _output.Text(isError: false);

    /// <summary>Gets the standard error so far.</summary>
    public string Stderr => _output.Text(isError: true);

    /// <summary>Gets the exit code; null while it runs, -1 when a signal ended it.</summary>
    public int? ExitCode => _stream.End?.ExitCode;

    /// <summary>Gets the end in words, as <c>signal: killed</c>; null while it runs and after exit code 0.</summary>
    public string? Error => _stream.End?.Error;

    /// <summary>Waits until it has ended.</summary>
    /// <param name="cancellationToken">Stops waiting. The command goes on.</param>
    /// <exception cref="CommandExitException">Its exit code is not 0.</exception>
    /// <exception cref="SandboxTimeoutException">It has reached its time limit, or the sandbox has ended.</exception>
    /// <exception cref="SandboxException">The connection was lost, or the handle was disconnected.</exception>
    public async Task<CommandOutcome> WaitAsync(CancellationToken cancellationToken = default)
    {
        var outcome = await GetOutcomeAsync(cancellationToken).ConfigureAwait(false);
        return outcome.ExitCode == 0 ? outcome : throw new CommandExitException(outcome);
    }

    /// <summary>Gives the output as it comes, from the beginning, until the command ends or the handle is disconnected.</summary>
    /// <param name="cancellationToken">Ends the enumeration. The command goes on.</param>
    public IAsyncEnumerable<CommandOutput> ReadOutputAsync(CancellationToken cancellationToken = default) => _output.ReadAsync(cancellationToken);

    /// <summary>Kills it with SIGKILL.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>False when it had ended already.</returns>
    public Task<bool> KillAsync(CancellationToken cancellationToken = default) => _calls.KillAsync(Pid, cancellationToken);

    /// <summary>Writes a text as UTF-8 to its standard input, which <see cref="CommandStartOptions.Stdin"/> opens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">It has ended.</exception>
    public Task SendStdinAsync(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendStdinAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
    }

    /// <summary>Writes bytes to its standard input, which <see cref="CommandStartOptions.Stdin"/> opens.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">It has ended.</exception>
    public Task SendStdinAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        _calls.SendInputAsync(Pid, "stdin", content, cancellationToken);

    /// <summary>Ends its standard input.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task CloseStdinAsync(CancellationToken cancellationToken = default) => _calls.CloseStdinAsync(Pid, cancellationToken);

    /// <summary>Stops following it. The command goes on.</summary>
    public ValueTask DisconnectAsync() => _stream.DisposeAsync();

    /// <summary>Stops following it, as <see cref="DisconnectAsync"/> does.</summary>
    public ValueTask DisposeAsync() => DisconnectAsync();

    internal static async Task<CommandHandle> OpenAsync(
        EnvdClient envd,
        string method,
        JObject request,
        string? user,
        TimeSpan? timeout,
        Action<string>? onStdout,
        Action<string>? onStderr,
        CancellationToken cancellationToken)
    {
        var output = new OutputLog();
        var stream = await ProcessStream.OpenAsync(envd, method, request, user, timeout, Forward, output.Complete, cancellationToken).ConfigureAwait(false);
        return new CommandHandle(new ProcessCalls(envd), output, stream);

        void Forward(ProcessOutputKind kind, byte[] bytes)
        {
            if (kind == ProcessOutputKind.Terminal) return;
            var isError = kind == ProcessOutputKind.Stderr;
            var text = output.Add(bytes, isError);
            if (text.Length > 0) (isError ? onStderr : onStdout)?.Invoke(text);
        }
    }

    internal async Task<CommandOutcome> GetOutcomeAsync(CancellationToken cancellationToken)
    {
        var end = await _stream.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new CommandOutcome(Stdout, Stderr, end.ExitCode) { Error = end.Error };
    }
}
