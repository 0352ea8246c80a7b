using KernelGateway.Executions;

namespace KernelGateway.Client.Interpreters;

/// <summary>A context of a gateway that is reached over HTTP.</summary>
internal sealed class GatewayContext(GatewayService service, string id, string language, string workingDirectory) : ICodeContext
{
    public string Id => id;

    public string Language => language;

    public string WorkingDirectory => workingDirectory;

    public Task<ExecutionResult> RunAsync(
        string code, ExecutionOptions? options = null, ExecutionCallbacks? callbacks = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(code);
        return RemoteRun.RunAsync(service, CreateRequest(code, options, callbacks?.OnInput is not null), callbacks, cancellationToken);
    }

    public IAsyncEnumerable<ExecutionEvent> StreamAsync(
        string code, ExecutionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(code);
        return RemoteRun.StreamAsync(service, CreateRequest(code, options), cancellationToken);
    }

    public async Task<IExecution> SubmitAsync(string code, ExecutionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(code);
        using var submitted = await service.SubmitAsync(CreateRequest(code, options), cancellationToken).ConfigureAwait(false);
        return new GatewayExecution(service, submitted.Id ?? throw RemoteRun.CannotSubmit(), id);
    }

    public Task<bool> InterruptAsync(CancellationToken cancellationToken = default) => service.InterruptContextAsync(id, cancellationToken);

    public Task RestartAsync(CancellationToken cancellationToken = default) => service.RestartContextAsync(id, cancellationToken);

    public Task RemoveAsync(CancellationToken cancellationToken = default) => service.RemoveContextAsync(id, cancellationToken);

    private ExecuteRequest CreateRequest(string code, ExecutionOptions? options, bool allowStdin = false) =>
        new(code, id, null, options ?? new ExecutionOptions(), allowStdin);
}
