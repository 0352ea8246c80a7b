using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>The pools of sandboxes that are ready, one for each template that has one.</summary>
internal sealed partial class ReadyPools : IAsyncDisposable
{
    private readonly Dictionary<string, ReadyPool> _pools = new(StringComparer.Ordinal);
    private readonly SandboxDependencies _plane;
    private readonly SandboxStarter _starter;
    private readonly ILogger _logger;

    public ReadyPools(SandboxDependencies plane, SandboxStarter starter)
    {
        _plane = plane;
        _starter = starter;
        _logger = plane.Loggers.CreateLogger<ReadyPools>();
    }

    /// <summary>Gets the number of sandboxes of a template that can be taken.</summary>
    public int CountOf(string templateId) => _pools.TryGetValue(templateId, out var pool) ? pool.Count : 0;

    /// <summary>Begins to start sandboxes.</summary>
    public void Start()
    {
        foreach (var sizes in _plane.Options.ReadySandboxes.Where(pair => pair.Value > 0).GroupBy(pair => FindId(pair.Key)))
        {
            var pool = _pools[sizes.Key] = new ReadyPool(_plane, _starter, sizes.Key, sizes.Sum(pair => pair.Value));
            pool.Start();
        }
    }

    /// <summary>
    /// Takes a sandbox, gives it the variables of a request and stores it; null when none is ready that is as it was asked for.
    /// </summary>
    /// <param name="record">What the sandbox shall be. Its id becomes the one that the sandbox has.</param>
    /// <param name="template">The template as it is now.</param>
    /// <param name="store">Stores the sandbox. The variables are sent meanwhile, because both take milliseconds.</param>
    /// <param name="forget">Removes it from the store again, because it is not used.</param>
    /// <param name="cancellationToken">Cancels it; a sandbox that was taken is then ended.</param>
    /// <exception cref="SandboxException">The variables are not valid.</exception>
    public async Task<Sandbox?> TakeAsync(
        SandboxRecord record,
        SandboxTemplate template,
        Func<Sandbox, Task> store,
        Func<Sandbox, Task> forget,
        CancellationToken cancellationToken)
    {
        if (!_pools.TryGetValue(record.BaseTemplateId, out var pool)) return null;
        while (pool.TryTake(template, record) is { } sandbox)
        {
            sandbox.Apply(record with { Id = sandbox.Id });

            // Begun first: a store may keep this thread until it has stored.
            var initializing = _starter.InitializeAsync(sandbox, template, cancellationToken);
            var storing = store(sandbox);
            try
            {
                await Task.WhenAll(storing, initializing).ConfigureAwait(false);
                return sandbox;
            }
            catch (Exception exception)
            {
                await _starter.DiscardAsync(sandbox).ConfigureAwait(false);
                await storing.ConfigureAwait(false);
                await forget(sandbox).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                if (exception is SandboxException { Failure: SandboxFailure.Invalid }) throw;
                LogNotUsable(exception, sandbox.Id);
            }
        }

        return null;
    }

    /// <summary>
    /// Replaces a sandbox that has ended by itself, and removes what is left of it; false when it was not in a pool.
    /// </summary>
    public async Task<bool> TryReplaceAsync(Sandbox sandbox)
    {
        if (!_pools.TryGetValue(sandbox.Record.BaseTemplateId, out var pool) || !pool.TryReplace(sandbox)) return false;
        await _starter.DiscardAsync(sandbox).ConfigureAwait(false);
        return true;
    }

    /// <summary>Ends the sandboxes that nobody has taken.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_pools.Values.Select(pool => pool.DisposeAsync().AsTask())).ConfigureAwait(false);

    // A pool can be named by an alias. A template that does not exist yet may come.
    private string FindId(string name)
    {
        try
        {
            return _plane.Templates.Find(name)?.Id ?? name;
        }
        catch (TemplateException)
        {
            return name;
        }
    }

    [LoggerMessage(7272, LogLevel.Warning, "Sandbox {SandboxId} of the pool cannot be used; another one is created.")]
    private partial void LogNotUsable(Exception exception, string sandboxId);
}
