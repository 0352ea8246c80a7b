using KernelGateway.Sandboxes;
using CurrentSandbox = KernelGateway.Client.Sandbox;

namespace KernelGateway.Client.Legacy;

/// <summary>A sandbox, in the vocabulary of the generation of E2B's SDKs before today's.</summary>
/// <remarks>
/// It lives as long as this object is open: every five seconds the service is told so. After <see cref="CloseAsync"/>, or if the program ends, the sandbox
/// ends within 20 seconds, unless <see cref="KeepAliveAsync"/> was called. A sandbox of <see cref="KernelGateway.Client.Sandbox"/>, in contrast, lives for
/// a time that does not depend on its client. All members can be called at the same time.
/// </remarks>
public class Sandbox : IAsyncDisposable
{
    private const string DefaultTemplate = "base";

    // What the service accepts at most.
    private static readonly TimeSpan MaxKeepAlive = TimeSpan.FromHours(1);

    private readonly SandboxSession _session;

    private protected Sandbox(SandboxSession session)
    {
        _session = session;
        Filesystem = new Filesystem(session);
        Process = new ProcessManager(session);
    }

    /// <summary>Gets the id, for <see cref="ReconnectAsync"/>.</summary>
    public string Id => _session.Sandbox.SandboxId;

    /// <summary>Gets the files.</summary>
    public Filesystem Filesystem { get; }

    /// <summary>Gets what starts processes.</summary>
    public ProcessManager Process { get; }

    /// <summary>Gets or sets the directory of new processes, and at which relative paths begin. Default: null, for the home directory.</summary>
    /// <value>A directory that is set here is not created.</value>
    public string? Cwd
    {
        get => _session.Cwd;
        set => _session.Cwd = value;
    }

    /// <summary>Gets a value indicating whether it is open: not closed, and the sandbox not found to have ended.</summary>
    public bool IsOpen => _session.IsOpen;

    internal SandboxSession Session => _session;

    /// <summary>Creates a sandbox.</summary>
    /// <param name="template">The template. Default: <c>base</c>.</param>
    /// <param name="envVars">Variables for all processes. Default: none.</param>
    /// <param name="cwd">The directory of processes, and at which relative paths begin; it is created. Default: the home directory.</param>
    /// <param name="onStdout">Called with each line that a process without such a handler writes to its standard output.</param>
    /// <param name="onStderr">Called with each line that a process without such a handler writes to its standard error.</param>
    /// <param name="onExit">Called with the exit code of each process without such a handler.</param>
    /// <param name="timeout">How long the creation may take. Default: 60 seconds.</param>
    /// <param name="metadata">What <see cref="ListAsync"/> shows. Default: none.</param>
    /// <param name="client">Where the service is, and how it is called. Default: what the <c>E2B_*</c> variables say.</param>
    /// <param name="cancellationToken">Cancels the creation.</param>
    /// <exception cref="SandboxException">The service cannot be reached or has refused it.</exception>
    /// <exception cref="TimeoutException">The creation took too long. A sandbox that was created nevertheless ends within 15 seconds.</exception>
    public static async Task<Sandbox> CreateAsync(
        string? template = null,
        IReadOnlyDictionary<string, string>? envVars = null,
        string? cwd = null,
        Action<ProcessMessage>? onStdout = null,
        Action<ProcessMessage>? onStderr = null,
        Action<int>? onExit = null,
        TimeSpan? timeout = null,
        IReadOnlyDictionary<string, string>? metadata = null,
        SandboxClientOptions? client = null,
        CancellationToken cancellationToken = default)
    {
        var opening = new SandboxOpening
        {
            EnvVars = envVars, Cwd = cwd, Handlers = new ProcessHandlers(onStdout, onStderr, onExit), Timeout = timeout, Metadata = metadata, Client = client,
        };
        return new Sandbox(await SandboxSession.CreateAsync(template ?? DefaultTemplate, opening, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Connects to a sandbox that runs, for example one that was closed after <see cref="KeepAliveAsync"/>.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="envVars">Variables for all processes that are started from here, in addition to those of the sandbox. Default: none.</param>
    /// <param name="cwd">The directory of processes, and at which relative paths begin; it is created. Default: the home directory.</param>
    /// <param name="onStdout">Called with each line that a process without such a handler writes to its standard output.</param>
    /// <param name="onStderr">Called with each line that a process without such a handler writes to its standard error.</param>
    /// <param name="onExit">Called with the exit code of each process without such a handler.</param>
    /// <param name="timeout">How long it may take. Default: 60 seconds.</param>
    /// <param name="client">Where the service is, and how it is called. Default: what the <c>E2B_*</c> variables say.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="SandboxNotFoundException">There is no such sandbox.</exception>
    /// <exception cref="SandboxException">The service cannot be reached or has refused it.</exception>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public static async Task<Sandbox> ReconnectAsync(
        string sandboxId,
        IReadOnlyDictionary<string, string>? envVars = null,
        string? cwd = null,
        Action<ProcessMessage>? onStdout = null,
        Action<ProcessMessage>? onStderr = null,
        Action<int>? onExit = null,
        TimeSpan? timeout = null,
        SandboxClientOptions? client = null,
        CancellationToken cancellationToken = default)
    {
        var opening = new SandboxOpening
        {
            EnvVars = envVars, Cwd = cwd, Handlers = new ProcessHandlers(onStdout, onStderr, onExit), Timeout = timeout, Client = client,
        };
        return new Sandbox(await SandboxSession.ReconnectAsync(IdOf(sandboxId), opening, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Lists the sandboxes that run.</summary>
    /// <param name="client">Where the service is, and how it is called. Default: what the <c>E2B_*</c> variables say.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="SandboxException">The service cannot be reached or has refused it.</exception>
    public static IAsyncEnumerable<SandboxInfo> ListAsync(SandboxClientOptions? client = null, CancellationToken cancellationToken = default) =>
        CurrentSandbox.ListAsync(new SandboxListOptions { State = SandboxState.Running }, client, cancellationToken);

    /// <summary>Ends a sandbox at once.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="client">Where the service is, and how it is called. Default: what the <c>E2B_*</c> variables say.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="SandboxNotFoundException">There is no such sandbox.</exception>
    /// <exception cref="SandboxException">The service cannot be reached or has refused it.</exception>
    public static async Task KillAsync(string sandboxId, SandboxClientOptions? client = null, CancellationToken cancellationToken = default)
    {
        if (!await CurrentSandbox.KillAsync(IdOf(sandboxId), client, cancellationToken).ConfigureAwait(false))
            throw new SandboxNotFoundException($"There is no sandbox '{sandboxId}'.");
    }

    /// <summary>Lets the sandbox live at least for a time from now on, also after <see cref="CloseAsync"/>. It never shortens its life.</summary>
    /// <param name="duration">The time, at most an hour.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or longer than an hour.</exception>
    /// <exception cref="SandboxException">The sandbox has ended, or the service cannot be reached.</exception>
    public Task KeepAliveAsync(TimeSpan duration, CancellationToken cancellationToken = default)
    {
        if (duration < TimeSpan.Zero || duration > MaxKeepAlive)
            throw new ArgumentOutOfRangeException(nameof(duration), duration, "A sandbox is kept alive for 0 to 3600 seconds.");
        return _session.KeepAliveAsync(duration, cancellationToken);
    }

    /// <summary>Returns the host name of the sandbox, with which programs outside reach a server inside.</summary>
    /// <param name="port">The port of the server; null for the default one of the template.</param>
    public string GetHostname(int? port = null)
    {
        if (port is { } number) return _session.Sandbox.GetHost(number);
        var host = _session.Sandbox.GetHost(80);
        return host[(host.IndexOf('-', StringComparison.Ordinal) + 1)..];
    }

    /// <summary>Stops keeping the sandbox alive; watches end, and processes are not followed any more. The sandbox ends within 20 seconds.</summary>
    /// <remarks>A handler of output or of changes must not wait for it: it waits for the handlers that run.</remarks>
    public Task CloseAsync() => _session.DisposeAsync().AsTask();

    /// <summary>Closes it, as <see cref="CloseAsync"/> does.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    // The ids of the generation before have a second part, which says nothing today.
    private protected static string IdOf(string sandboxId)
    {
        ArgumentException.ThrowIfNullOrEmpty(sandboxId);
        return sandboxId.Split('-')[0];
    }
}
