using System.Diagnostics.Metrics;
using KernelGateway.Contexts;
using KernelGateway.Contexts.Attaching;
using KernelGateway.Contexts.Culling;
using KernelGateway.Executions;
using KernelGateway.Guarding;
using KernelGateway.Kernels;
using KernelGateway.Kernelspecs;
using KernelGateway.Languages;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Memory;
using KernelGateway.Processes.Owners;
using KernelGateway.Protocol.Connection;
using KernelGateway.RichData;
using KernelGateway.Telemetry;
using KernelGateway.Transports;
using KernelGateway.Transports.Zmtp;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace KernelGateway;

/// <summary>Runs code in Jupyter kernels: the whole gateway, for use in a process of one's own.</summary>
/// <remarks>
/// <code>
/// await using var gateway = await Gateway.StartAsync();
/// var context = await gateway.Contexts.CreateAsync(new() { Language = "python" });
/// var execution = await context.RunAsync("x = 1; x");
/// Console.WriteLine(execution.Text);
/// </code>
/// </remarks>
public sealed partial class Gateway : ICodeInterpreter, IExecutions, IProcessOwner, IAsyncDisposable
{
    private readonly ExecutionRegistry _executions;
    private readonly ReaderWatch _readers;
    private readonly QuietTrimmer? _trimmer;
    private readonly KernelProvisioners _provisioners;
    private readonly PrespawnedKernels _prespawned;
    private readonly ContextCuller _culler;
    private readonly ConnectionDirectory? _connectionDirectory;
    private readonly AttachedServices _attached = new();
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private int _disposed;

    private Gateway(
        KernelGatewayOptions options,
        IKernelProvisioner? provisioner,
        IReadOnlyDictionary<string, IKernelProvisioner> namedProvisioners,
        IChannelTransport transport,
        ILoggerFactory loggers,
        TimeProvider time,
        IMeterFactory? meters)
    {
        Options = options;
        _loggers = loggers;
        _time = time;
        var directory = options.GetDefaultWorkingDirectory();
        Memory = new MemoryAccount(options.MaxMemory);
        _executions = new ExecutionRegistry(options.RetainedExecutions, options.RetainedExecutionBytes, Memory);
        KernelSpecs = new KernelSpecCatalog(options.KernelSpecs, loggers.CreateLogger<KernelSpecCatalog>());
        _provisioners = new KernelProvisioners(
            provisioner,
            namedProvisioners,
            () => new LocalKernelProvisioner(options.Launching, loggers.CreateLogger<LocalKernelProvisioner>(), time));
        var logger = loggers.CreateLogger("KernelGateway");
        _logger = logger;
        Telemetry = new GatewayTelemetry(meters, logger, time);
        Variables = new SharedVariables(options.Launching.Variables, _provisioners.GetInheritedVariables);
        var guarded = new GuardedProvisioner(_provisioners, logger, time);
        _trimmer = options.ReleaseMemoryWhenQuiet ? new QuietTrimmer(Memory, logger, time) : null;
        _readers = new ReaderWatch(options.ReaderIdleTimeout, logger, time);
        var spill = new SpillSpace(options.SpillDirectory ?? Path.GetTempPath(), options.MaxSpillBytes, logger, time);
        var journals = new JournalStore(Memory, spill, _readers, Telemetry);
        var richData = new PythonRichData(options.RichData, options.Kernels.GuardsPython, options.Kernels.SharesHistory);
        var services = new ContextServices(
            options.Contexts, options.Kernels, richData, Variables, _executions, journals, Memory,
            new KernelChannelOpener(transport, Memory, logger, time), Telemetry, logger, time);
        var languages = new LanguageSelector(KernelSpecs, options.Languages);
        var table = new ContextTable(options.Contexts.MaxContexts);
        _prespawned = new PrespawnedKernels(options.Prespawn, directory, guarded, languages, table, services);
        Contexts = new ContextManager(options, KernelSpecs, languages, guarded, table, _prespawned, services);
        _culler = new ContextCuller(Contexts, options.Contexts.Culling, time, logger);
        _connectionDirectory = string.IsNullOrEmpty(options.ConnectionDirectory)
            ? null
            : new ConnectionDirectory(options.ConnectionDirectory, Contexts, IsOwnKey, options.Kernels.ConnectionLossGrace, time, logger);
        Telemetry.Observe(ContextReadings.Create(table, _prespawned, journals, Memory));
    }

    /// <summary>Gets the contexts.</summary>
    public ContextManager Contexts { get; }

    /// <summary>Gets the installed kernelspecs.</summary>
    public KernelSpecCatalog KernelSpecs { get; }

    /// <summary>Gets its own copy of the options that it was started with.</summary>
    internal KernelGatewayOptions Options { get; }

    /// <summary>Gets the environment variables that all kernels get.</summary>
    internal SharedVariables Variables { get; }

    /// <summary>Gets the account of the memory that is retained or in flight.</summary>
    internal MemoryAccount Memory { get; }

    /// <summary>Gets the metrics and the spans.</summary>
    internal GatewayTelemetry Telemetry { get; }

    IReadOnlyDictionary<string, string> IProcessOwner.Variables => Variables.Current;

    string? IProcessOwner.WorkingDirectory =>
        Options.DefaultWorkingDirectory is { } directory ? Path.GetFullPath(directory) : null;

    ILoggerFactory IProcessOwner.LoggerFactory => _loggers;

    TimeProvider IProcessOwner.TimeProvider => _time;

    /// <summary>Starts a gateway. A kernel is started only when it is needed.</summary>
    /// <param name="options">How it works; null for the defaults. The gateway takes a copy; later changes have no effect on it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OptionsValidationException">An option has an impossible value; the message names it.</exception>
    /// <exception cref="IOException">The run directory could not be made.</exception>
    /// <remarks><see cref="GatewayBuilder"/> starts one with a logger, a clock, provisioners and a transport of one's own.</remarks>
    public static Task<Gateway> StartAsync(KernelGatewayOptions? options = null, CancellationToken cancellationToken = default) =>
        new GatewayBuilder(options).StartAsync(cancellationToken);

    internal static async Task<Gateway> StartAsync(
        KernelGatewayOptions options,
        IKernelProvisioner? provisioner,
        IReadOnlyDictionary<string, IKernelProvisioner> namedProvisioners,
        IChannelTransport? transport,
        ILoggerFactory? loggers,
        TimeProvider? timeProvider,
        IMeterFactory? meters,
        CancellationToken cancellationToken)
    {
        options = options.Copy();
        var validation = new KernelGatewayOptionsValidator().Validate(null, options);
        if (validation.Failed) throw new OptionsValidationException("", typeof(KernelGatewayOptions), validation.Failures);

        loggers = loggers is null ? NullLoggerFactory.Instance : new GuardedLoggerFactory(loggers);
        var time = GuardedTimeProvider.Wrap(timeProvider, loggers.CreateLogger("KernelGateway"));
        transport ??= ZmtpChannelTransport.Instance;
        if (options.Launching.IpcKernels.Count > 0 && transport.FindProblem(KernelTransport.Ipc) is { } problem)
            throw new OptionsValidationException("", typeof(KernelGatewayOptions), [$"Launching.IpcKernels: {problem}"]);

        var gateway = new Gateway(options, provisioner, namedProvisioners, transport, loggers, time, meters);
        if (transport != ZmtpChannelTransport.Instance) LogTransport(gateway._logger, transport.Name);
        try
        {
            if (options.AdoptOrphanedKernels)
            {
                var adoption = new OrphanAdoption(gateway.Contexts, options.Launching, loggers.CreateLogger("KernelGateway"));
                await adoption.RunAsync(cancellationToken).ConfigureAwait(false);
            }

            gateway._culler.Start();
            gateway._prespawned.Start();
            gateway._connectionDirectory?.Start();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Finds an execution by its id; null when there was none or it is no longer retained.</summary>
    /// <param name="executionId">Its id.</param>
    public Execution? FindExecution(string executionId) => _executions.Find(executionId);

    /// <summary>
    /// Ends all executions, shuts all kernels down, ends what is attached (commands, terminals, watches) and deletes all files. It
    /// never throws: each step is taken even if others fail.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await DisposeAsync("Leaving the connection directory", _connectionDirectory).ConfigureAwait(false);
        await DisposeAsync("Ending the culling", _culler).ConfigureAwait(false);
        await Task.WhenAll(
            DisposeAsync("Ending the prespawned kernels", _prespawned),
            DisposeAsync("Ending the attached services", _attached),
            Contexts.CloseAsync()).ConfigureAwait(false);
        Guarded.Invoke(_logger, "Giving up the executions", _executions.Clear);
        Guarded.Invoke(_logger, "Ending the watch over readers", _readers.Dispose);
        Guarded.Invoke(_logger, "Ending the release of memory", () => _trimmer?.Dispose());
        await DisposeAsync("Disposing the provisioner", _provisioners).ConfigureAwait(false);
        Guarded.Invoke(_logger, "Ending the metrics", Telemetry.Dispose);
    }

    async Task<ICodeContext> ICodeInterpreter.CreateContextAsync(CreateContextOptions? options, CancellationToken cancellationToken) =>
        await Contexts.CreateAsync(options, cancellationToken).ConfigureAwait(false);

    Task<ICodeContext> ICodeInterpreter.GetContextAsync(string contextId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<ICodeContext>(Contexts.Get(contextId));
    }

    Task<IReadOnlyList<ICodeContext>> ICodeInterpreter.ListContextsAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IReadOnlyList<ICodeContext>>(Contexts.List());
    }

    Task ICodeInterpreter.RemoveContextAsync(string contextId, CancellationToken cancellationToken) =>
        Contexts.RemoveAsync(contextId).WaitAsync(cancellationToken);

    Task<ExecutionResult> ICodeInterpreter.RunAsync(
        string code, string? language, ExecutionOptions? options, ExecutionCallbacks? callbacks, CancellationToken cancellationToken) =>
        UseDefaultContextAsync(
            language,
            async context => (await context.RunAsync(code, options, callbacks, cancellationToken).ConfigureAwait(false)).Result,
            cancellationToken);

    Task<IExecution> IExecutions.SubmitAsync(string code, string? language, ExecutionOptions? options, CancellationToken cancellationToken) =>
        UseDefaultContextAsync(language, context => Task.FromResult<IExecution>(context.Submit(code, options)), cancellationToken);

    Task<IExecution?> IExecutions.FindAsync(string executionId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IExecution?>(FindExecution(executionId));
    }

    T IProcessOwner.GetOrAttach<T>(Func<T> create) => _attached.GetOrAdd(create);

    private async Task<T> UseDefaultContextAsync<T>(string? language, Func<CodeContext, Task<T>> use, CancellationToken cancellationToken)
    {
        while (true)
        {
            var context = await Contexts.GetOrCreateDefaultAsync(language, cancellationToken).ConfigureAwait(false);
            try
            {
                return await use(context).ConfigureAwait(false);
            }
            catch (ContextNotFoundException exception) when (exception.ContextId == context.Id)
            {
                // It was culled or removed before it accepted the code: a new one replaces it.
            }
        }
    }

    private Task DisposeAsync(string what, IAsyncDisposable? part) =>
        part is null ? Task.CompletedTask : Guarded.InvokeAsync(_logger, what, () => part.DisposeAsync().AsTask());

    // The connection directory may also contain connection files of kernels that this gateway started.
    private bool IsOwnKey(string key) =>
        key.Length > 0
        && (_provisioners.HasKey(key)
            || Contexts.List().Any(context => !context.Kernel.IsAttached && context.Kernel.ConnectionInfo?.Key == key));

    [LoggerMessage(3141, LogLevel.Information, "Messages of kernels are carried by {Transport}.")]
    private static partial void LogTransport(ILogger logger, string transport);
}
