using System.Collections.Concurrent;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Kernelspecs;
using KernelGateway.Languages;
using KernelGateway.Launching;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Protocol.Connection;
using KernelGateway.RichData;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>The contexts of a gateway: creates, finds, restarts and removes them.</summary>
public sealed partial class ContextManager
{
    private readonly ConcurrentDictionary<string, CodeContext> _byId = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, Task<CodeContext>> _defaults = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly HashSet<string> _reserved = new(StringComparer.OrdinalIgnoreCase);
    private readonly KernelGatewayOptions _options;
    private readonly KernelSpecCatalog _catalog;
    private readonly LanguageSelector _languages;
    private readonly IKernelProvisioner _provisioner;
    private readonly ContextServices _services;
    private readonly ILogger _logger;
    private long _created;
    private bool _closed;

    internal ContextManager(
        KernelGatewayOptions options, KernelSpecCatalog catalog, IKernelProvisioner provisioner, ContextServices services)
    {
        _options = options;
        _catalog = catalog;
        _languages = new LanguageSelector(catalog, options.Languages);
        _provisioner = provisioner;
        _services = services;
        _logger = services.Logger;
    }

    /// <summary>Gets a value indicating whether a kernel has ever answered: true once a context has been created.</summary>
    public bool HasServed => Interlocked.Read(ref _created) > 0;

    /// <summary>Creates a context and waits until its kernel is ready.</summary>
    /// <param name="options">What kind of context; null for the default language in the default directory.</param>
    /// <param name="cancellationToken">Gives up; nothing of the context is left then.</param>
    /// <exception cref="KernelSpecNotFoundException">Nothing serves the language, or there is no kernelspec of that name.</exception>
    /// <exception cref="KernelLaunchException">The kernel did not start; nothing is left running.</exception>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    /// <exception cref="ArgumentException">The id is no GUID or is taken, or a variable has an impossible name.</exception>
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

        var directory = WorkingDirectoryOf(options);
        var id = NormalizeId(options.Id);
        var launch = new KernelLaunch
        {
            KernelId = id,
            Spec = spec,
            WorkingDirectory = directory,
            Environment = options.EnvironmentVariables ?? new Dictionary<string, string>(),
            ContextFields = new ContextRecord(language, directory, options.EnvironmentVariables).ToJson(),
        };
        var source = new LaunchedKernelSource(launch, _provisioner, _services.KernelOptions, _logger, _services.Time);
        var richData = options.AllowsRichData ? _services.RichData : PythonRichData.None;
        return await AddAsync(id, source, language, directory, richData, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a context of a kernel that somebody else started. Removing the context lets the kernel go and does not end it.</summary>
    /// <param name="connectionFilePath">The kernel's connection file.</param>
    /// <param name="options">Language and id; the rest is the kernel's own. Default: the language the kernel says.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConnectionFileException">The file cannot be read or lacks something.</exception>
    /// <exception cref="KernelLaunchException">The kernel does not answer.</exception>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    public async Task<CodeContext> AttachAsync(
        string connectionFilePath, CreateContextOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionFilePath);
        options ??= new CreateContextOptions();
        var info = await ConnectionFile.ReadAsync(connectionFilePath, cancellationToken).ConfigureAwait(false);
        var source = new AttachedKernelSource(info, connectionFilePath, _services.KernelOptions, _logger, _services.Time);
        var language = options.Language is null ? null : _languages.Normalize(options.Language);
        var richData = options.AllowsRichData ? _services.RichData : PythonRichData.None;
        return await AddAsync(NormalizeId(options.Id), source, language, options.WorkingDirectory ?? "", richData, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives the context in which code of a language runs that names no context; creates it when there is none.</summary>
    /// <param name="language">The language, an alias, or null for the default language.</param>
    /// <param name="cancellationToken">Stops waiting; the context is created all the same, for whoever comes next.</param>
    /// <exception cref="KernelSpecNotFoundException">Nothing serves the language.</exception>
    /// <exception cref="KernelLaunchException">The kernel did not start.</exception>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    public async Task<CodeContext> GetOrCreateDefaultAsync(string? language = null, CancellationToken cancellationToken = default)
    {
        var normalized = _languages.Normalize(language);
        while (true)
        {
            var creation = new TaskCompletionSource<CodeContext>(TaskCreationOptions.RunContinuationsAsynchronously);
            var task = _defaults.GetOrAdd(normalized, creation.Task);
            if (task == creation.Task) _ = CreateDefaultAsync(normalized, creation);
            var context = await task.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (_byId.ContainsKey(context.Id)) return context;

            // It has been removed since: the next one takes its place.
            _defaults.TryRemove(new KeyValuePair<string, Task<CodeContext>>(normalized, task));
        }
    }

    /// <summary>Gives all contexts, in the order in which they were created.</summary>
    public IReadOnlyList<CodeContext> List() => [.. _byId.Values.OrderBy(context => context.Number)];

    /// <summary>Finds a context.</summary>
    /// <param name="contextId">Its id.</param>
    /// <exception cref="ContextNotFoundException">There is none with that id.</exception>
    public CodeContext Get(string contextId) => Find(contextId) ?? throw new ContextNotFoundException(contextId);

    /// <summary>Finds a context; null when there is none with that id.</summary>
    /// <param name="contextId">Its id.</param>
    public CodeContext? Find(string contextId) => _byId.GetValueOrDefault(contextId);

    /// <summary>Removes a context: what runs or waits in it ends with <c>removed</c>, its kernel is shut down.</summary>
    /// <param name="contextId">Its id.</param>
    /// <exception cref="ContextNotFoundException">There is none with that id.</exception>
    public async Task RemoveAsync(string contextId)
    {
        if (!_byId.TryRemove(contextId, out var context)) throw new ContextNotFoundException(contextId);
        await context.RemoveAsync().ConfigureAwait(false);
        LogRemoved(contextId);
    }

    /// <summary>Makes a context of a kernel that a former gateway left running, under its old id.</summary>
    internal async Task AdoptAsync(OrphanedKernel orphan, CancellationToken cancellationToken)
    {
        var record = ContextRecord.Read(orphan.Record.ContextFields);
        var spec = await _catalog.GetAsync(orphan.Record.KernelSpecName, cancellationToken).ConfigureAwait(false);
        var launch = new KernelLaunch
        {
            KernelId = orphan.Record.KernelId,
            Spec = spec,
            WorkingDirectory = record.WorkingDirectory,
            Environment = record.EnvironmentVariables ?? new Dictionary<string, string>(),
            ContextFields = orphan.Record.ContextFields,
        };
        var process = await orphan.AdoptAsync(_options.Launching, cancellationToken: cancellationToken).ConfigureAwait(false)
            ?? throw new KernelClosedException("The process has ended.");
        var source = new LaunchedKernelSource(launch, _provisioner, _services.KernelOptions, _logger, _services.Time, process);
        await AddAsync(launch.KernelId, source, record.Language, record.WorkingDirectory, _services.RichData, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes all contexts and refuses new ones.</summary>
    internal async Task CloseAsync()
    {
        lock (_gate) _closed = true;
        while (!_byId.IsEmpty)
        {
            await Task.WhenAll(_byId.Keys.Select(async id =>
            {
                if (_byId.TryRemove(id, out var context)) await context.RemoveAsync().ConfigureAwait(false);
            })).ConfigureAwait(false);
        }
    }

    private async Task<CodeContext> AddAsync(
        string id, IKernelInstanceSource source, string? language, string directory, PythonRichData richData, CancellationToken cancellationToken)
    {
        Reserve(id);
        try
        {
            var kernel = new Kernel(id, source, _services.KernelOptions, richData, _logger);
            await kernel.StartAsync(cancellationToken).ConfigureAwait(false);
            var context = new CodeContext(
                kernel,
                language ?? LanguageOf(kernel),
                directory,
                Interlocked.Increment(ref _created),
                _services);
            bool added;
            lock (_gate) added = !_closed && _byId.TryAdd(id, context);
            if (!added)
            {
                await context.RemoveAsync().ConfigureAwait(false);
                throw new ObjectDisposedException(nameof(Gateway), "The gateway is stopping.");
            }

            LogCreated(id, context.Language, source.Spec?.Name ?? "attached");
            return context;
        }
        finally
        {
            lock (_gate) _reserved.Remove(id);
        }
    }

    private void Reserve(string id)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(Gateway));
            if (_byId.Count + _reserved.Count >= _options.Contexts.MaxContexts) throw new ContextLimitException(_options.Contexts.MaxContexts);
            if (_byId.ContainsKey(id) || !_reserved.Add(id)) throw new ArgumentException($"There is a context with the id {id} already.");
        }
    }

    private async Task CreateDefaultAsync(string language, TaskCompletionSource<CodeContext> creation)
    {
        try
        {
            creation.SetResult(await CreateAsync(new CreateContextOptions { Language = language }).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            // Whoever waits sees it; the next call tries again.
            _defaults.TryRemove(new KeyValuePair<string, Task<CodeContext>>(language, creation.Task));
            creation.SetException(exception);
            _ = creation.Task.Exception;
        }
    }

    private string WorkingDirectoryOf(CreateContextOptions options) =>
        Path.GetFullPath(
            !string.IsNullOrEmpty(options.WorkingDirectory) ? options.WorkingDirectory
            : _options.DefaultWorkingDirectory ?? Environment.CurrentDirectory);

    private static string LanguageOf(Kernel kernel) =>
        kernel.Info is { LanguageInfo.Name.Length: > 0 } info ? info.LanguageInfo.Name.ToLowerInvariant() : "unknown";

    private static string NormalizeId(string? id)
    {
        if (string.IsNullOrEmpty(id)) return Guid.NewGuid().ToString("D");
        return Guid.TryParseExact(id, "D", out var guid)
            ? guid.ToString("D")
            : throw new ArgumentException($"'{id}' is not a GUID in the form 00000000-0000-0000-0000-000000000000.", nameof(id));
    }

    [LoggerMessage(4001, LogLevel.Information, "Context {ContextId} ({Language}, kernelspec {KernelSpec}) created.")]
    private partial void LogCreated(string contextId, string language, string kernelSpec);

    [LoggerMessage(4002, LogLevel.Information, "Context {ContextId} removed.")]
    private partial void LogRemoved(string contextId);
}
