namespace KernelGateway.Client.Interpreters;

/// <summary>Code that a server has accepted, with the answer that streams its events.</summary>
/// <param name="response">The answer.</param>
internal sealed class SubmittedExecution(HttpResponseMessage response) : IDisposable
{
    /// <summary>Gets the id of the execution; null where a service has no such ids, so that its stream cannot be resumed.</summary>
    public string? Id { get; } = response.Headers.TryGetValues("X-Execution-Id", out var values) ? values.First() : null;

    public HttpResponseMessage Response => response;

    public void Dispose() => response.Dispose();
}
