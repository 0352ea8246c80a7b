using System.Diagnostics.CodeAnalysis;
using KernelGateway.Guarding;
using KernelGateway.Kernels;
using KernelGateway.Kernelspecs;
using KernelGateway.Languages;
using KernelGateway.Launching;
using KernelGateway.RichData;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>The contexts of a gateway: creates, finds, restarts and removes them.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source of cancellation without a timer has nothing to dispose of, and creations may ask it afterwards.")]
public sealed partial class ContextManager
{
    private readonly DefaultContexts _defaults;
    private readonly ContextTable _table;
    private readonly RemovalReasons _removalReasons = new();
    private readonly PrespawnedKernels _prespawned;
    private readonly KernelGatewayOptions _options;
    private readonly KernelSpecCatalog _catalog;
    private readonly LanguageSelector _languages;
    private readonly GuardedProvisioner _provisioner;
    private readonly ContextServices _services;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing = new();
    private long _created;

    internal ContextManager(
        KernelGatewayOptions options,
        KernelSpecCatalog catalog,
        LanguageSelector languages,
        GuardedProvisioner provisioner,
        ContextTable table,
        PrespawnedKernels prespawned,
        ContextServices services)
    {
        _options = options;
        _catalog = catalog;
        _languages = languages;
        _provisioner = provisioner;
        _table = table;
        _prespawned = prespawned;
        _services = services;
        _logger = services.Logger;
        _defaults = new DefaultContexts(language => CreateAsync(new CreateContextOptions { Language = language }), Find);
    }

    /// <summary>Gets a value indicating whether a kernel has ever answered.</summary>
    internal bool HasServed => Interlocked.Read(ref _created) > 0 || _prespawned.HasServed;

    /// <summary>Creates a context and waits until its kernel is ready.</summary>
    /// <param name="options">Language, directory and variables; null for the default language in the default directory.</param>
    /// <param name="cancellationToken">Cancels the creation; nothing of the context is left then.</param>
    /// <exception cref="KernelSpecNotFoundException">Nothing serves the language, or there is no kernelspec of that name.</exception>
    /// <exception cref="KernelLaunchException">The kernel did not start; nothing is left running.</exception>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    /// <exception cref="ArgumentException">The id is not a GUID or is in use, or a variable has an invalid name.</exception>
    public async Task<CodeContext> CreateAsync(CreateContextOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new CreateContextOptions();
        var language = _languages.Normalize(options.Language);
        var spec = options.KernelSpecName is { } name
            ? await _catalog.GetAsync(name, cancellationToken).ConfigureAwait(false)
            : await _languages.SelectAsync(language, cancellationToken).ConfigureAwait(false);
        if (string.IsNullOrWhiteSpace(options.Language) && options.KernelSpecName is not null)
        {
            language = _languages.Normalize(spec.Language);
        }

        var directory = DirectoryOr(options.WorkingDirectory);
        var record = new ContextRecord(language, directory, options.EnvironmentVariables);
        if (string.IsNullOrEmpty(options.Id) && options.EnvironmentVariables is not { Count: > 0 } && options.AllowsRichData
            && _prespawned.TryTake(spec, directory) is { } prespawned)
        {
            return await ClaimAsync(prespawned, record, cancellationToken).ConfigureAwait(false);
        }

        var id = ContextId.Normalize(options.Id);
        var launch = new KernelLaunch
        {
            KernelId = id,
            Spec = spec,
            WorkingDirectory = directory,
            Environment = options.EnvironmentVariables ?? new Dictionary<string, string>(),
            ContextFields = record.ToJson(),
        };
        var source = _services.CreateSource(launch, _provisioner);
        var richData = options.AllowsRichData ? _services.RichData : _services.RichData.WithoutDescriptions;
        var context = await AddAsync(id, source, language, directory, richData, cancellationToken).ConfigureAwait(false);
        _prespawned.NoteStart(spec);
        return context;
    }

    /// <summary>Returns the default context of a language; creates it when there is none.</summary>
    /// <param name="language">The language, an alias, or null for the default language.</param>
    /// <param name="cancellationToken">Stops waiting; the context is created anyway, for the next caller.</param>
    /// <exception cref="KernelSpecNotFoundException">Nothing serves the language.</exception>
    /// <exception cref="KernelLaunchException">The kernel did not start.</exception>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    public Task<CodeContext> GetOrCreateDefaultAsync(string? language = null, CancellationToken cancellationToken = default) =>
        GetOrCreateDefaultAsync(language, null, cancellationToken);

    /// <summary>Returns the default context of a language, and calls back when this call has created it.</summary>
    internal Task<CodeContext> GetOrCreateDefaultAsync(string? language, Action<CodeContext>? created, CancellationToken cancellationToken) =>
        _defaults.GetOrCreateAsync(_languages.Normalize(language), created, cancellationToken);

    /// <summary>Finds the default context of the default language; null when there is none.</summary>
    internal Task<CodeContext?> FindDefaultAsync(CancellationToken cancellationToken) =>
        _defaults.FindAsync(_languages.Normalize(null), cancellationToken);

    /// <summary>Returns all contexts, in the order in which they were created.</summary>
    public IReadOnlyList<CodeContext> List() => _table.All;

    /// <summary>Finds a context.</summary>
    /// <param name="contextId">Its id.</param>
    /// <exception cref="ContextNotFoundException">There is none with that id.</exception>
    public CodeContext Get(string contextId) => Find(contextId) ?? throw Missing(contextId);

    /// <summary>Finds a context; null when there is none with that id.</summary>
    /// <param name="contextId">Its id.</param>
    public CodeContext? Find(string contextId) => _table.Find(contextId);

    /// <summary>Returns why the gateway removed a context by itself; null when it did not, or long ago.</summary>
    /// <param name="contextId">Its id.</param>
    /// <returns>The rest of a sentence that begins with the context, as in <c>was culled after 3600 s without activity</c>.</returns>
    public string? RemovalReason(string contextId) => _removalReasons.Find(contextId);

    /// <summary>Removes a context: what runs or waits in it ends with <c>removed</c>, its kernel is shut down.</summary>
    /// <param name="contextId">Its id.</param>
    /// <exception cref="ContextNotFoundException">There is none with that id.</exception>
    public async Task RemoveAsync(string contextId)
    {
        if (!await TryRemoveAsync(contextId).ConfigureAwait(false)) throw Missing(contextId);
    }

    /// <summary>Removes a context; false when it has been removed already.</summary>
    internal async Task<bool> TryRemoveAsync(string contextId)
    {
        if (_table.Remove(contextId) is not { } context) return false;
        await context.RemoveAsync().ConfigureAwait(false);
        _prespawned.Signal();
        LogRemoved(contextId);
        return true;
    }

    /// <summary>
    /// Creates the exception for a context that does not exist, with the reason of its removal where that is known.
    /// </summary>
    internal ContextNotFoundException Missing(string contextId) => new(contextId, RemovalReason(contextId));

    /// <summary>Removes a context on the gateway's own decision, and remembers the reason.</summary>
    /// <param name="context">The context.</param>
    /// <param name="evenBusy">Whether it is removed also while it runs code.</param>
    /// <param name="reason">Why, as the rest of a sentence that begins with the context.</param>
    /// <returns>False when it runs code, or was removed meanwhile.</returns>
    internal async Task<bool> TryRetireAsync(CodeContext context, bool evenBusy, string reason)
    {
        if (!context.TryRetire(evenBusy, reason)) return false;

        // Recorded before the context leaves the table, so that a caller that does not find the context finds the reason.
        _removalReasons.Remember(context.Id, reason);
        if (_table.Remove(context.Id) is null) return false;
        await context.RemoveAsync(reason).ConfigureAwait(false);
        _prespawned.Signal();
        return true;
    }

    /// <summary>Refuses new contexts, cancels those that are being created, and removes all others. Never throws.</summary>
    internal async Task CloseAsync()
    {
        var noneReserved = _table.Close();
        await Guarded.InvokeAsync(_logger, "Cancelling the creation of contexts", _closing.CancelAsync).ConfigureAwait(false);
        await Task.WhenAll(_table.All.Select(context => _table.Remove(context.Id)).OfType<CodeContext>().Select(RemoveGuardedAsync)).ConfigureAwait(false);
        await noneReserved.ConfigureAwait(false);
    }

    private Task RemoveGuardedAsync(CodeContext context) => Guarded.InvokeAsync(_logger, "Removing a context", () => context.RemoveAsync());

    private async Task<CodeContext> AddAsync(
        string id, IKernelInstanceSource source, string? language, string directory, PythonRichData richData, CancellationToken cancellationToken)
    {
        var needsRoom = _table.Reserve(id);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
            if (needsRoom) await _prespawned.ReleaseOneAsync().ConfigureAwait(false);
            var kernel = new Kernel(
                id, source, _services.KernelOptions, richData, _services.Telemetry, _services.Memory, _logger, _services.Time);
            await kernel.StartAsync(either.Token).ConfigureAwait(false);
            return await PutAsync(kernel, language ?? LanguageOf(kernel), directory).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Stopping();
        }
        finally
        {
            Release(id);
        }
    }

    private async Task<CodeContext> ClaimAsync(PrespawnedKernel prespawned, ContextRecord record, CancellationToken cancellationToken)
    {
        try
        {
            await prespawned.ClaimAsync(record, cancellationToken).ConfigureAwait(false);
            return await PutAsync(prespawned.Kernel, record.Language, record.WorkingDirectory).ConfigureAwait(false);
        }
        catch
        {
            await prespawned.Kernel.ShutDownAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            Release(prespawned.Kernel.Id);
        }
    }

    // The id is free again when the creation failed.
    private void Release(string id)
    {
        _table.Release(id);
        _prespawned.Signal();
    }

    private async Task<CodeContext> PutAsync(Kernel kernel, string language, string directory)
    {
        var context = new CodeContext(kernel, language, directory, Interlocked.Increment(ref _created), _services, RemoveAsync);
        if (!_table.TryAdd(context))
        {
            await context.RemoveAsync().ConfigureAwait(false);
            throw Stopping();
        }

        _removalReasons.Forget(context.Id);
        LogCreated(context.Id, context.Language, kernel.Spec?.Name ?? "attached");
        return context;
    }

    private static ObjectDisposedException Stopping() => new(nameof(Gateway), "The gateway is stopping.");

    private string DirectoryOr(string? directory) =>
        string.IsNullOrEmpty(directory) ? _options.GetDefaultWorkingDirectory() : Path.GetFullPath(directory);

    [LoggerMessage(4001, LogLevel.Information, "Context {ContextId} ({Language}, kernelspec {KernelSpec}) created.")]
    private partial void LogCreated(string contextId, string language, string kernelSpec);

    [LoggerMessage(4002, LogLevel.Information, "Context {ContextId} removed.")]
    private partial void LogRemoved(string contextId);
}
