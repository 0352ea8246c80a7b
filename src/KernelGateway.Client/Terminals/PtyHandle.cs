using System.Text;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>A terminal in a sandbox.</summary>
/// <remarks>Disposal disconnects: the shell goes on, and what it writes while nobody is connected is lost.</remarks>
public sealed class PtyHandle : IAsyncDisposable
{
    private readonly ProcessCalls _calls;
    private readonly ProcessStream _stream;

    private PtyHandle(ProcessCalls calls, ProcessStream stream)
    {
        _calls = calls;
        _stream = stream;
    }

    /// <summary>Gets the process id of the shell.</summary>
    public int Pid => _stream.Pid;

    /// <summary>Gets the exit code of the shell; null while it runs, -1 when a signal ended it.</summary>
    public int? ExitCode => _stream.End?.ExitCode;

    /// <summary>Gets the end in words, as <c>signal: killed</c>; null while it runs and after exit code 0.</summary>
    public string? Error => _stream.End?.Error;

    /// <summary>Waits until the shell has ended.</summary>
    /// <param name="cancellationToken">Stops waiting. The shell goes on.</param>
    /// <returns>Its exit code; -1 when a signal ended it.</returns>
    /// <exception cref="SandboxTimeoutException">It has reached its time limit, or the sandbox has ended.</exception>
    /// <exception cref="SandboxException">The connection was lost, or the handle was disconnected.</exception>
    public async Task<int> WaitAsync(CancellationToken cancellationToken = default) =>
        (await _stream.WaitAsync(cancellationToken).ConfigureAwait(false)).ExitCode;

    /// <summary>Kills the shell with SIGKILL.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>False when it had ended already.</returns>
    public Task<bool> KillAsync(CancellationToken cancellationToken = default) => _calls.KillAsync(Pid, cancellationToken);

    /// <summary>Types a text, as UTF-8. <c>"\r"</c> or <c>"\n"</c> is the return key, <c>"\u0004"</c> is Ctrl+D.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">The shell has ended.</exception>
    public Task SendInputAsync(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendInputAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
    }

    /// <summary>Types bytes.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">The shell has ended.</exception>
    public Task SendInputAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        _calls.SendInputAsync(Pid, "pty", content, cancellationToken);

    /// <summary>Changes the size of the terminal.</summary>
    /// <param name="cols">The number of columns.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">The shell has ended.</exception>
    public Task ResizeAsync(int cols, int rows, CancellationToken cancellationToken = default) => _calls.ResizeAsync(Pid, cols, rows, cancellationToken);

    /// <summary>Stops following it. The shell goes on.</summary>
    public ValueTask DisconnectAsync() => _stream.DisposeAsync();

    /// <summary>Stops following it, as <see cref="DisconnectAsync"/> does.</summary>
    public ValueTask DisposeAsync() => DisconnectAsync();

    internal static async Task<PtyHandle> OpenAsync(
        EnvdClient envd,
        string method,
        JObject request,
        string? user,
        TimeSpan? timeout,
        Action<ReadOnlyMemory<byte>>? onData,
        CancellationToken cancellationToken)
    {
        var stream = await ProcessStream.OpenAsync(
            envd, method, request, user, timeout, (_, bytes) => onData?.Invoke(bytes), static () => { }, cancellationToken).ConfigureAwait(false);
        return new PtyHandle(new ProcessCalls(envd), stream);
    }
}
