using KernelGateway.Contexts;

namespace KernelGateway.Notebooks;

/// <summary>Runs and exports notebooks of a gateway in this process.</summary>
/// <param name="gateway">The gateway.</param>
public sealed class GatewayNotebooks(Gateway gateway) : INotebooks
{
    /// <inheritdoc/>
    public async Task<NotebookRun> RunAsync(
        Notebook notebook,
        string? contextId = null,
        NotebookRunOptions? options = null,
        NotebookCallbacks? callbacks = null,
        CancellationToken cancellationToken = default) =>
        contextId is null
            ? await NotebookRunner.RunAsync(gateway, notebook, options, callbacks: callbacks, cancellationToken: cancellationToken).ConfigureAwait(false)
            : await NotebookRunner.RunAsync(gateway.Contexts.Get(contextId), notebook, options, callbacks, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<Notebook> ExportAsync(string contextId, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(NotebookExporter.Export(gateway.Contexts.Get(contextId)));
    }
}
