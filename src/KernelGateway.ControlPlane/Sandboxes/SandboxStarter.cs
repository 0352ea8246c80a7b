using System.Globalization;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>Starts the processes of sandboxes, waits until they can be used, and notices when they end by themselves.</summary>
internal sealed partial class SandboxStarter : IDisposable
{
    /// <summary>
    /// The domain of a sidecar. The router never sends a host name below it, so that sidecars take the port of a request from its headers, and
    /// the host name is the client's.
    /// </summary>
    public const string SidecarDomain = "sandbox.internal";

    // A sandbox that was idle answers in a millisecond; a machine that starts many others at the same time is slower.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private static readonly string CodeInterpreterPort = SidecarClient.CodeInterpreterPort.ToString(CultureInfo.InvariantCulture);

    private readonly SandboxDependencies _plane;
    private readonly SidecarClient _sidecars;
    private readonly ILogger _logger;
    private readonly Action<Sandbox> _ended;
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Creates it.</summary>
    /// <param name="plane">What it works with.</param>
    /// <param name="ended">Is told of a sandbox whose first process has ended by itself; it returns at once.</param>
    public SandboxStarter(SandboxDependencies plane, Action<Sandbox> ended)
    {
        _plane = plane;
        _ended = ended;
        _sidecars = new SidecarClient(plane.Engine, plane.Time);
        _logger = plane.Loggers.CreateLogger<SandboxStarter>();
    }

    /// <summary>Starts a sandbox and waits until it can be used. When it fails nothing of it is left in the engine.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="template">The template that its record names.</param>
    /// <param name="files">The files to start from; null for those of the template.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="SandboxException">It did not start, or not in time.</exception>
    public async Task StartAsync(Sandbox sandbox, SandboxTemplate template, string? files, CancellationToken cancellationToken)
    {
        var record = sandbox.Record;
        var specification = CreateSpecification(record, template, files);
        using var limit = new CancellationTokenSource(_plane.Options.StartTimeout, _plane.Time);
        using var ended = new StartEnd();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token, ended.Token, sandbox.Ending);
        var incarnation = sandbox.BeginIncarnation();
        var isCreated = false;
        try
        {
            var instance = await _plane.Engine.CreateAsync(specification, linked.Token).ConfigureAwait(false);
            isCreated = true;
            foreach (var note in instance.Notes) sandbox.Report(_plane.Time.GetUtcNow(), "warn", note);
            BeginWatch(sandbox, incarnation, ended);
            var token = _plane.Tokens.AccessToken(record.Id);
            await _sidecars.WaitUntilReadyAsync(record.Id, token, linked.Token).ConfigureAwait(false);
            var settings = CreateSettings(record, template);
            await _sidecars.InitializeAsync(record.Id, token, settings, linked.Token).ConfigureAwait(false);

            // After the variables, which kernels and commands get when they start.
            await Task.WhenAll(
            [
                RunStartCommandAsync(template, record.Id, token, linked.Token),
                .. template.WarmKernels.Select(language => _sidecars.StartKernelAsync(record.Id, token, language, linked.Token)),
            ]).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            sandbox.BeginIncarnation();
            if (isCreated) await KillQuietlyAsync(record.Id).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw Translate(exception, sandbox, ended, limit.IsCancellationRequested);
        }
    }

    /// <summary>Gives a sandbox that was started before the variables of its record, which also shows that it can be used.</summary>
    /// <exception cref="SandboxException">The variables are not valid, or the sandbox cannot be used.</exception>
    public async Task InitializeAsync(Sandbox sandbox, SandboxTemplate template, CancellationToken cancellationToken)
    {
        var record = sandbox.Record;
        using var limit = new CancellationTokenSource(AnswerLimit, _plane.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var token = _plane.Tokens.AccessToken(record.Id);
        await _sidecars.InitializeAsync(record.Id, token, CreateSettings(record, template), linked.Token).ConfigureAwait(false);
    }

    /// <summary>Ends a sandbox that nobody was told of. A failure is logged.</summary>
    public async Task DiscardAsync(Sandbox sandbox)
    {
        sandbox.TryEnd();
        sandbox.BeginIncarnation();
        await KillQuietlyAsync(sandbox.Id).ConfigureAwait(false);
        sandbox.Remove();
    }

    /// <summary>Watches a running sandbox that was started before, by this control plane or by an earlier one.</summary>
    public void BeginWatch(Sandbox sandbox) => BeginWatch(sandbox, sandbox.Incarnation, started: null);

    /// <summary>
    /// Lets clients of the first generation know that a sandbox ends: they wait ten seconds for an answer otherwise, whatever becomes of their
    /// connection.
    /// </summary>
    public async Task CloseFirstSocketsAsync(Sandbox sandbox)
    {
        if (!sandbox.HasFirstSockets) return;
        using var limit = new CancellationTokenSource(Sandbox.FarewellLimit, _plane.Time);
        try
        {
            await _sidecars.CloseFirstSocketsAsync(sandbox.Id, _plane.Tokens.AccessToken(sandbox.Id), limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException or IOException or SandboxEngineException)
        {
            // A sidecar that cannot do it is ended as well.
        }
    }

    /// <summary>Ends a sandbox in the engine; it may have ended already.</summary>
    public async Task KillAsync(string id)
    {
        try
        {
            await _plane.Engine.KillAsync(id, keepFilesIn: null, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SandboxEngineException exception) when (exception.Error == SandboxEngineError.NotFound)
        {
            // Paused without memory, or ended before a crash.
        }
    }

    /// <summary>Stops watching. Nobody is told of an end any more.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _sidecars.Dispose();
    }

    private async Task RunStartCommandAsync(SandboxTemplate template, string id, string token, CancellationToken cancellationToken)
    {
        if (template.StartCommand is { } start) await _sidecars.StartCommandAsync(id, token, start, cancellationToken).ConfigureAwait(false);
        if (template.ReadyCommand is { } ready) await _sidecars.WaitForSuccessAsync(id, token, ready, cancellationToken).ConfigureAwait(false);
    }

    private static Dictionary<string, string> Combine(IReadOnlyDictionary<string, string> template, IReadOnlyDictionary<string, string>? request)
    {
        var variables = new Dictionary<string, string>(template, StringComparer.Ordinal);
        foreach (var (name, value) in request ?? new Dictionary<string, string>()) variables[name] = value;
        return variables;
    }

    // An engine without users runs everything as its own user, and one that does not isolate has the directories of the host.
    private SidecarSettings CreateSettings(SandboxRecord record, SandboxTemplate template) => new(
        Combine(template.Environment, record.Variables),
        _plane.Report.Allows(EngineFeature.Users) ? template.User : null,
        _plane.Report.Allows(EngineFeature.Isolation) ? template.WorkingDirectory : null);

    // The sidecar is root in its sandbox. Kernels and commands run as the template's user; files are written anywhere, and given to that user.
    private static string[] UserArguments(string user) => ["--default-user", user, "--kernel-user", user, "--files-as", "root"];

    private SandboxSpecification CreateSpecification(SandboxRecord record, SandboxTemplate template, string? files) => new()
    {
        Id = record.Id,
        Template = template,
        Files = files,
        Network = NetworkRules.Create(record.Network, _plane.Report, _plane.Options.IsOfflineByDefault),
        SidecarArguments =
        [
            "--domain", SidecarDomain,

            // Beside the socket, for programs in the sandbox that expect the code interpreter there.
            "--host", "127.0.0.1", "--port", CodeInterpreterPort,

            // Names and origins were checked by the router; the socket has no other caller.
            "--allow-host", "*",
            "--allow-origin", "*",
            "--warm", "none",
            .. _plane.Report.Allows(EngineFeature.Users) ? UserArguments(template.User) : [],

            // Of kernels; the directory of commands is one of the settings that it gets when it listens.
            .. _plane.Report.Allows(EngineFeature.Isolation) ? ["--working-directory", template.WorkingDirectory] : (string[])[],
        ],
        Environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["KERNELGATEWAY__HTTP__TOKEN"] = _plane.Tokens.AccessToken(record.Id),
        },
        Cpus = record.Cpus,
        MemoryBytes = record.MemoryBytes,
        DiskBytes = record.DiskBytes,
        MaxProcesses = template.MaxProcesses,
    };

    private void BeginWatch(Sandbox sandbox, int incarnation, StartEnd? started)
    {
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => WatchAsync(sandbox, incarnation, started), CancellationToken.None);
    }

    private async Task WatchAsync(Sandbox sandbox, int incarnation, StartEnd? started)
    {
        SandboxEnd? end = null;
        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(sandbox.Ending, _stopping.Token);
            end = await _plane.Engine.WaitForEndAsync(sandbox.Id, linked.Token).ConfigureAwait(false);
            if (sandbox.Incarnation != incarnation) return;
            LogEndedByItself(sandbox.Id, end.ExitCode, end.WasOutOfMemory);
        }
        catch (OperationCanceledException) when (sandbox.Ending.IsCancellationRequested || _stopping.IsCancellationRequested)
        {
            return;
        }
        catch (SandboxEngineException exception)
        {
            if (sandbox.Incarnation != incarnation) return;
            LogNotWatched(exception, sandbox.Id);
        }

        if (started is not null && sandbox.State is (SandboxState.Creating or SandboxState.Resuming) and var starting)
        {
            started.Report(end);
            await sandbox.WhenNot(starting).ConfigureAwait(false);
            if (sandbox.Incarnation != incarnation) return;
        }

        if (!_stopping.IsCancellationRequested) _ended(sandbox);
    }

    private async Task KillQuietlyAsync(string id)
    {
        try
        {
            await KillAsync(id).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The caller gets the first failure. What is left is removed at the next start of the control plane.
            LogNotRemoved(exception, id);
        }
    }

    private static SandboxException Translate(Exception exception, Sandbox sandbox, StartEnd ended, bool isLimit)
    {
        if (exception is SandboxException known) return known;
        if (sandbox.Ending.IsCancellationRequested) return SandboxException.NotFound(sandbox.Id);
        if (ended.Token.IsCancellationRequested) return Failed(ended.Describe());
        if (exception is OperationCanceledException && isLimit)
            return new SandboxException(SandboxFailure.TimedOut, "The sandbox could not be used in time", "sandbox_placement_timeout", exception);
        return exception is SandboxEngineException { Error: SandboxEngineError.InvalidSpecification or SandboxEngineError.NotSupported }
            ? new SandboxException(SandboxFailure.Invalid, exception.Message, code: null, exception)
            : Failed(exception.Message);

        SandboxException Failed(string reason) =>
            new(SandboxFailure.Failed, $"Failed to create sandbox: {reason}", "sandbox_create_failed", exception);
    }

    [LoggerMessage(7203, LogLevel.Warning, "Sandbox {SandboxId} has ended by itself with exit code {ExitCode} (out of memory: {WasOutOfMemory}).")]
    private partial void LogEndedByItself(string sandboxId, int? exitCode, bool wasOutOfMemory);

    [LoggerMessage(7204, LogLevel.Warning, "Sandbox {SandboxId} is not known to the engine any more.")]
    private partial void LogNotWatched(Exception exception, string sandboxId);

    [LoggerMessage(7207, LogLevel.Error, "Sandbox {SandboxId} was not used and not removed from the engine.")]
    private partial void LogNotRemoved(Exception exception, string sandboxId);
}
