using KernelGateway.Executions;

namespace KernelGateway.Client.Interpreters;

/// <summary>An execution of a gateway that is reached over HTTP.</summary>
internal sealed class GatewayExecution(GatewayService service, string id, string contextId) : IExecution
{
    public string Id => id;

    public string ContextId => contextId;

    public IAsyncEnumerable<ExecutionEvent> ReadEventsAsync(long after = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        return new EventStream(service, id, first: null, after).ReadAsync(withLateOutput: true, cancellationToken);
    }

    public async Task<ExecutionResult> GetResultAsync(CancellationToken cancellationToken = default)
    {
        // Its newest event now; the events up to there have the result without the limit of the route's own summary.
        var state = await service.GetExecutionAsync(id, cancellationToken).ConfigureAwait(false);
        var last = (long?)state["last_seq"] ?? 0;
        var builder = new ExecutionResultBuilder();
        if (last == 0) return builder.Build();
        await foreach (var executionEvent in ReadEventsAsync(0, cancellationToken).ConfigureAwait(false))
        {
            builder.Apply(executionEvent);
            if (executionEvent.Sequence >= last) break;
        }

        return builder.Build();
    }

    public Task<ExecutionResult> WaitAsync(CancellationToken cancellationToken = default) => CallbackDelivery.ReadToEndAsync(
        new EventStream(service, id, first: null, after: 0).ReadAsync(withLateOutput: false, cancellationToken),
        callbacks: null,
        SendInputAsync,
        cancellationToken);

    public Task<bool> InterruptAsync(CancellationToken cancellationToken = default) => service.InterruptExecutionAsync(id, cancellationToken);

    public Task SendInputAsync(string value, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(value);
        return service.SendInputAsync(contextId, id, value, cancellationToken);
    }
}
