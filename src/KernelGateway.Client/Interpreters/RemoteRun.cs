using System.Runtime.CompilerServices;
using KernelGateway.Executions;

namespace KernelGateway.Client.Interpreters;

/// <summary>Runs code on a gateway, reads its events, and interrupts it when its caller leaves.</summary>
internal static class RemoteRun
{
    /// <summary>Runs code to its end.</summary>
    /// <param name="service">The service.</param>
    /// <param name="request">What is run.</param>
    /// <param name="callbacks">What is called with its events; null for nothing.</param>
    /// <param name="cancellationToken">Interrupts the execution and stops waiting.</param>
    /// <param name="onSubmitted">Is called when the service has accepted the code.</param>
    /// <exception cref="OperationCanceledException">The token fired before the end; the code is interrupted.</exception>
    public static async Task<ExecutionResult> RunAsync(
        GatewayService service,
        ExecuteRequest request,
        ExecutionCallbacks? callbacks,
        CancellationToken cancellationToken,
        Action? onSubmitted = null)
    {
        using var submitted = await SubmitAsync(service, request, cancellationToken).ConfigureAwait(false);
        onSubmitted?.Invoke();
        return await CallbackDelivery.ReadToEndAsync(
            ReadAsync(service, submitted, cancellationToken),
            callbacks,
            (value, token) => AnswerAsync(service, request, submitted, value, token),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs code and gives its events.</summary>
    public static async IAsyncEnumerable<ExecutionEvent> StreamAsync(
        GatewayService service, ExecuteRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var submitted = await SubmitAsync(service, request, cancellationToken).ConfigureAwait(false);
        await foreach (var executionEvent in ReadAsync(service, submitted, cancellationToken).ConfigureAwait(false)) yield return executionEvent;
    }

    /// <summary>Creates the exception for a service that has no executions to be found by id.</summary>
    public static NotSupportedException CannotSubmit() =>
        new("This service has no ids of executions: it is not a KernelGateway. Code can be run and streamed, but not only submitted.");

    private static async IAsyncEnumerable<ExecutionEvent> ReadAsync(
        GatewayService service, SubmittedExecution submitted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isOver = false;
        try
        {
            var events = new EventStream(service, submitted.Id, submitted.Response, after: 0);
            await foreach (var executionEvent in events.ReadAsync(withLateOutput: false, cancellationToken).ConfigureAwait(false))
            {
                isOver |= executionEvent is EndEvent;
                yield return executionEvent;
            }
        }
        finally
        {
            // Cancelled, left early, or not to be reached any more: nobody reads the rest.
            if (!isOver && submitted.Id is { } id) _ = InterruptAsync(service, id);
        }
    }

    // A caller that waits no longer may leave code behind that is being accepted: it is interrupted when its id is known.
    private static async Task<SubmittedExecution> SubmitAsync(GatewayService service, ExecuteRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var submitting = service.SubmitAsync(request, CancellationToken.None);
        try
        {
            return await submitting.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _ = AbandonAsync(service, submitting);
            throw;
        }
    }

    private static async Task AbandonAsync(GatewayService service, Task<SubmittedExecution> submitting)
    {
        try
        {
            using var submitted = await submitting.ConfigureAwait(false);
            if (submitted.Id is { } id) await InterruptAsync(service, id).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It was not accepted. Nobody waits for the answer.
        }
    }

    private static async Task InterruptAsync(GatewayService service, string executionId)
    {
        try
        {
            await service.InterruptExecutionAsync(executionId, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The gateway cannot be reached, or the execution is gone. Nobody waits for the answer.
        }
    }

    private static async Task AnswerAsync(
        GatewayService service, ExecuteRequest request, SubmittedExecution submitted, string value, CancellationToken cancellationToken)
    {
        var id = submitted.Id ?? throw CannotSubmit();

        // Code in a default context: the execution knows where it runs.
        var contextId = request.ContextId
            ?? (string?)(await service.GetExecutionAsync(id, cancellationToken).ConfigureAwait(false))["context_id"] ?? "";
        await service.SendInputAsync(contextId, id, value, cancellationToken).ConfigureAwait(false);
    }
}
