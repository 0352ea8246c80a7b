using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Sandboxes;

namespace KernelGateway.Client.Legacy;

/// <summary>Runs code in the kernels of a sandbox. A kernel is what today's vocabulary calls a code context.</summary>
/// <remarks>Each kernel has variables of its own and runs one cell at a time. The default kernel is the oldest Python one.</remarks>
public sealed class Notebook
{
    private const string DefaultDirectory = "/home/user";
    private const string DefaultLanguage = "python";

    private readonly SandboxSession _session;

    internal Notebook(SandboxSession session) => _session = session;

    /// <summary>Runs code and waits for its end.</summary>
    /// <param name="code">The code.</param>
    /// <param name="kernelId">The kernel. Default: the default kernel.</param>
    /// <param name="onStdout">Called with each chunk of standard output. It should be quick.</param>
    /// <param name="onStderr">Called with each chunk of standard error. It should be quick.</param>
    /// <param name="onResult">Called with each result as it comes. It should be quick.</param>
    /// <param name="timeout">How long the cell may take; then it is interrupted. Default: no limit.</param>
    /// <param name="cancellationToken">Interrupts the cell and stops waiting.</param>
    /// <returns>The results, what it wrote, and its error. Code that raises is no exception.</returns>
    /// <exception cref="KernelGatewayException">There is no such kernel, or the sandbox has ended or cannot be reached.</exception>
    /// <exception cref="TimeoutException">The cell took too long.</exception>
    public Task<ExecutionResult> ExecCellAsync(
        string code,
        string? kernelId = null,
        Action<ProcessMessage>? onStdout = null,
        Action<ProcessMessage>? onStderr = null,
        Action<ExecutionOutput>? onResult = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(code);
        var callbacks = new ExecutionCallbacks
        {
            OnStdout = text => onStdout?.Invoke(new ProcessMessage(text, _session.Time.GetUtcNow(), IsError: false)),
            OnStderr = text => onStderr?.Invoke(new ProcessMessage(text, _session.Time.GetUtcNow(), IsError: true)),
            OnResult = result => onResult?.Invoke(new ExecutionOutput
            {
                Data = result.Data, Metadata = result.Metadata, IsMainResult = result.IsMainResult, DisplayId = result.DisplayId,
            }),
        };
        return _session.RunAsync(
            "The cell",
            timeout ?? Timeout.InfiniteTimeSpan,
            token => kernelId is null
                ? _session.Sandbox.RunCodeAsync(code, callbacks: callbacks, cancellationToken: token)
                : _session.Sandbox.RunCodeInContextAsync(code, kernelId, callbacks: callbacks, cancellationToken: token),
            cancellationToken);
    }

    /// <summary>Creates a kernel and returns its id when it is ready.</summary>
    /// <param name="cwd">Its directory. Default: <c>/home/user</c>.</param>
    /// <param name="kernelName">The language, or the name of a kernelspec. Default: Python.</param>
    /// <param name="timeout">How long the call may take. Default: 60 seconds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KernelGatewayException">It cannot be created.</exception>
    /// <exception cref="TimeoutException">The call took too long.</exception>
    public async Task<string> CreateKernelAsync(
        string? cwd = null, string? kernelName = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var options = new CreateContextOptions { WorkingDirectory = cwd ?? DefaultDirectory, Language = kernelName ?? DefaultLanguage };
        var context = await _session.RunAsync(
            "Creating a kernel", timeout, token => _session.Sandbox.CreateCodeContextAsync(options, token), cancellationToken).ConfigureAwait(false);
        return context.Id;
    }

    /// <summary>Returns the ids of the kernels, in the order in which they were created.</summary>
    /// <param name="timeout">How long the call may take. Default: 60 seconds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="TimeoutException">The call took too long.</exception>
    public async Task<IReadOnlyList<string>> ListKernelsAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        [.. (await ListAsync(timeout, cancellationToken).ConfigureAwait(false)).Select(context => context.Id)];

    /// <summary>Restarts a kernel: it keeps its id and loses its variables.</summary>
    /// <param name="kernelId">The kernel. Default: the default kernel.</param>
    /// <param name="timeout">How long the call may take. Default: 60 seconds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KernelGatewayException">There is no such kernel, or it cannot be started again.</exception>
    /// <exception cref="TimeoutException">The call took too long.</exception>
    public Task RestartKernelAsync(string? kernelId = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        RunOnKernelAsync("Restarting the kernel", kernelId, timeout, (id, token) => _session.Sandbox.RestartCodeContextAsync(id, token), cancellationToken);

    /// <summary>Ends a kernel.</summary>
    /// <param name="kernelId">The kernel. Default: the default kernel.</param>
    /// <param name="timeout">How long the call may take. Default: 60 seconds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KernelGatewayException">There is no such kernel.</exception>
    /// <exception cref="TimeoutException">The call took too long.</exception>
    public Task ShutdownKernelAsync(string? kernelId = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        RunOnKernelAsync("Ending the kernel", kernelId, timeout, (id, token) => _session.Sandbox.RemoveCodeContextAsync(id, token), cancellationToken);

    private async Task RunOnKernelAsync(
        string what, string? kernelId, TimeSpan? timeout, Func<string, CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        var id = kernelId ?? await FindDefaultAsync(timeout, cancellationToken).ConfigureAwait(false);
        await _session.RunAsync(
            what,
            timeout,
            async token =>
            {
                await call(id, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    // The contexts are listed in the order in which they were created.
    private async Task<string> FindDefaultAsync(TimeSpan? timeout, CancellationToken cancellationToken) =>
        (await ListAsync(timeout, cancellationToken).ConfigureAwait(false)).FirstOrDefault(context => context.Language == DefaultLanguage)?.Id
        ?? throw new SandboxException(SandboxError.NotFound, "The sandbox has no Python kernel: create one with CreateKernelAsync, or run a cell.");

    private Task<IReadOnlyList<ICodeContext>> ListAsync(TimeSpan? timeout, CancellationToken cancellationToken) =>
        _session.RunAsync("Listing the kernels", timeout, token => _session.Sandbox.ListCodeContextsAsync(token), cancellationToken);
}
