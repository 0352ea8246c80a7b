using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Sandboxes;

namespace KernelGateway.Client;

/// <summary>A sandbox: a place of its own in which code, commands and files live, on a service of ours or of E2B.</summary>
/// <remarks>
/// <code>
/// var sandbox = await Sandbox.CreateAsync();
/// await sandbox.Files.WriteAsync("numbers.txt", "1 2 3");
/// var outcome = await sandbox.Commands.RunAsync("wc -w numbers.txt");
/// var result = await sandbox.RunCodeAsync("sum(int(n) for n in open('numbers.txt').read().split())");
/// Console.WriteLine(outcome.Stdout + result.Text);
/// await sandbox.KillAsync();
/// </code>
/// Its life is not tied to this object: it ends with <see cref="KillAsync(CancellationToken)"/> or at the end of its timeout. Failures are
/// <see cref="SandboxException"/>. All members can be called at the same time.
/// </remarks>
public sealed class Sandbox
{
    private readonly SandboxClient _client;
    private readonly EnvdClient _envd;
    private readonly SandboxRecord _record;
    private readonly SandboxInterpreter _interpreter;

    internal Sandbox(SandboxClient client, SandboxRecord record)
    {
        _client = client;
        _record = record;
        _envd = new EnvdClient(client.Settings, record);
        Files = new SandboxFiles(_envd);
        Commands = new SandboxCommands(_envd);
        Pty = new SandboxPty(_envd);
        _interpreter = new SandboxInterpreter(_envd, Domain);
    }

    /// <summary>Gets the id.</summary>
    public string SandboxId => _record.Id;

    /// <summary>Gets the domain below which it has host names.</summary>
    public string Domain => _record.Domain ?? _client.Settings.Domain;

    /// <summary>Gets the token for its ports, which a request sends as <c>E2B-Traffic-Access-Token</c>; null when they are public.</summary>
    public string? TrafficAccessToken => _record.TrafficToken;

    /// <summary>Gets its files.</summary>
    public SandboxFiles Files { get; }

    /// <summary>Gets its commands.</summary>
    public SandboxCommands Commands { get; }

    /// <summary>Gets its terminals.</summary>
    public SandboxPty Pty { get; }

    /// <summary>Gets its code interpreter: contexts with the whole interface of <see cref="ICodeContext"/>.</summary>
    public ICodeInterpreter CodeInterpreter => _interpreter;

    /// <summary>Creates a sandbox and returns when it runs.</summary>
    /// <param name="options">What it is like; null for the defaults.</param>
    /// <param name="client">Where the service is, and the key; null for those of the environment.</param>
    /// <param name="cancellationToken">Stops waiting. A sandbox that is created meanwhile lives as long as its timeout says.</param>
    /// <exception cref="SandboxAuthenticationException">The key is missing or wrong.</exception>
    /// <exception cref="SandboxTemplateNotFoundException">There is no such template.</exception>
    public static Task<Sandbox> CreateAsync(
        SandboxCreateOptions? options = null, SandboxClientOptions? client = null, CancellationToken cancellationToken = default) =>
        new SandboxClient(client).CreateAsync(options, cancellationToken);

    /// <summary>Connects to a sandbox; one that is paused is resumed.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="timeout">How long it lives from now on, at least; null for the service's default, 5 minutes. A running one keeps a longer life.</param>
    /// <param name="client">Where the service is, and the key; null for those of the environment.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="SandboxNotFoundException">It does not exist.</exception>
    public static Task<Sandbox> ConnectAsync(
        string sandboxId, TimeSpan? timeout = null, SandboxClientOptions? client = null, CancellationToken cancellationToken = default) =>
        new SandboxClient(client).ConnectAsync(sandboxId, timeout, cancellationToken);

    /// <summary>Lists sandboxes, page by page as the enumeration goes on.</summary>
    /// <param name="options">Which ones; null for all.</param>
    /// <param name="client">Where the service is, and the key; null for those of the environment.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public static IAsyncEnumerable<SandboxInfo> ListAsync(
        SandboxListOptions? options = null, SandboxClientOptions? client = null, CancellationToken cancellationToken = default) =>
        new SandboxClient(client).ListAsync(options, cancellationToken);

    /// <summary>Kills a sandbox, running or paused.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="client">Where the service is, and the key; null for those of the environment.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>False when it does not exist.</returns>
    public static Task<bool> KillAsync(string sandboxId, SandboxClientOptions? client = null, CancellationToken cancellationToken = default) =>
        new SandboxClient(client).KillAsync(sandboxId, cancellationToken);

    /// <summary>Runs code in the default context of a language, whose state stays for the code that follows, and waits for its end.</summary>
    /// <param name="code">The code.</param>
    /// <param name="language">The language, such as <c>javascript</c>; null for Python.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="callbacks">What is called with its events; null for nothing.</param>
    /// <param name="cancellationToken">Interrupts the execution and stops waiting.</param>
    /// <returns>The result. Code that raises is a result, not an exception.</returns>
    /// <exception cref="SandboxNotFoundException">The sandbox has ended or is paused.</exception>
    /// <exception cref="SandboxTimeoutException">The sandbox ended while the code ran.</exception>
    public Task<ExecutionResult> RunCodeAsync(
        string code,
        string? language = null,
        ExecutionOptions? options = null,
        ExecutionCallbacks? callbacks = null,
        CancellationToken cancellationToken = default) => _interpreter.RunAsync(code, language, options, callbacks, cancellationToken);

    /// <summary>Runs code in a context and waits for its end.</summary>
    /// <param name="code">The code.</param>
    /// <param name="contextId">The id of the context.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="callbacks">What is called with its events; null for nothing.</param>
    /// <param name="cancellationToken">Interrupts the execution and stops waiting.</param>
    /// <returns>The result. Code that raises is a result, not an exception.</returns>
    /// <exception cref="ContextNotFoundException">There is no such context.</exception>
    public Task<ExecutionResult> RunCodeInContextAsync(
        string code,
        string contextId,
        ExecutionOptions? options = null,
        ExecutionCallbacks? callbacks = null,
        CancellationToken cancellationToken = default) => _interpreter.RunInContextAsync(code, contextId, options, callbacks, cancellationToken);

    /// <summary>Creates a context: a place to run code with a state of its own.</summary>
    /// <param name="options">Language and directory; null for Python in the home directory.</param>
    /// <param name="cancellationToken">Cancels the creation.</param>
    public Task<ICodeContext> CreateCodeContextAsync(CreateContextOptions? options = null, CancellationToken cancellationToken = default) =>
        _interpreter.CreateContextAsync(options, cancellationToken);

    /// <summary>Lists the contexts, the default ones included, in the order in which they were created.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<IReadOnlyList<ICodeContext>> ListCodeContextsAsync(CancellationToken cancellationToken = default) =>
        _interpreter.ListContextsAsync(cancellationToken);

    /// <summary>Restarts a context: it keeps its id and loses its state.</summary>
    /// <param name="contextId">Its id.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ContextNotFoundException">There is no such context.</exception>
    public Task RestartCodeContextAsync(string contextId, CancellationToken cancellationToken = default) =>
        _interpreter.RestartContextAsync(contextId, cancellationToken);

    /// <summary>Removes a context. What runs in it ends.</summary>
    /// <param name="contextId">Its id.</param>
    /// <param name="cancellationToken">Stops waiting; the removal continues.</param>
    /// <exception cref="ContextNotFoundException">There is no such context.</exception>
    public Task RemoveCodeContextAsync(string contextId, CancellationToken cancellationToken = default) =>
        _interpreter.RemoveContextAsync(contextId, cancellationToken);

    /// <summary>Resumes it when it is paused, and extends its life.</summary>
    /// <param name="timeout">How long it lives from now on, at least; null for the service's default, 5 minutes.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The sandbox, with the tokens and addresses it has now.</returns>
    /// <exception cref="SandboxNotFoundException">It does not exist any more.</exception>
    public Task<Sandbox> ConnectAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _client.ConnectAsync(SandboxId, timeout, cancellationToken);

    /// <summary>Kills it. Requests to it that run are broken off.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>False when it does not exist any more.</returns>
    public Task<bool> KillAsync(CancellationToken cancellationToken = default) => _client.KillAsync(SandboxId, cancellationToken);

    /// <summary>Sets how long it lives from now on, longer or shorter than before.</summary>
    /// <param name="timeout">How long, in whole seconds, rounded up.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxNotFoundException">It does not exist any more, or it is paused.</exception>
    public Task SetTimeoutAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        _client.SetTimeoutAsync(SandboxId, timeout, cancellationToken);

    /// <summary>Lets it live at least for a time from now on. Its life is never shortened.</summary>
    /// <param name="duration">How long, in whole seconds, rounded up; the service adds what is missing to 15 seconds and allows an hour at most.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxNotFoundException">It does not exist any more, or it is paused.</exception>
    public Task RefreshAsync(TimeSpan duration, CancellationToken cancellationToken = default) =>
        _client.RefreshAsync(SandboxId, duration, cancellationToken);

    /// <summary>Returns what the service knows of it.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxNotFoundException">It does not exist any more.</exception>
    public Task<SandboxInfo> GetInfoAsync(CancellationToken cancellationToken = default) => _client.GetInfoAsync(SandboxId, cancellationToken);

    /// <summary>Returns samples of what it uses.</summary>
    /// <param name="start">From when on; null for its beginning.</param>
    /// <param name="end">Until when; null for now.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxNotFoundException">It does not exist any more.</exception>
    public Task<IReadOnlyList<SandboxMetrics>> GetMetricsAsync(
        DateTimeOffset? start = null, DateTimeOffset? end = null, CancellationToken cancellationToken = default) =>
        _client.GetMetricsAsync(SandboxId, start, end, cancellationToken);

    /// <summary>Pauses it; <see cref="ConnectAsync(TimeSpan?, CancellationToken)"/> resumes it.</summary>
    /// <param name="keepMemory">Whether its processes are kept; without, only its files are.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>False when it was paused already.</returns>
    /// <exception cref="SandboxNotFoundException">It does not exist any more.</exception>
    public Task<bool> PauseAsync(bool keepMemory = true, CancellationToken cancellationToken = default) =>
        _client.PauseAsync(SandboxId, keepMemory, cancellationToken);

    /// <summary>Makes a snapshot of it; it keeps running.</summary>
    /// <param name="name">The name of the snapshot; null for none.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<SnapshotInfo> CreateSnapshotAsync(string? name = null, CancellationToken cancellationToken = default) =>
        _client.CreateSnapshotAsync(SandboxId, name, cancellationToken);

    /// <summary>Lists the snapshots that were made of it, the newest first.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public IAsyncEnumerable<SnapshotInfo> ListSnapshotsAsync(CancellationToken cancellationToken = default) =>
        _client.ListSnapshotsAsync(new SnapshotListOptions { SandboxId = SandboxId }, cancellationToken);

    /// <summary>Creates sandboxes with its state; it keeps running.</summary>
    /// <param name="count">How many, 1 to 100.</param>
    /// <param name="timeout">How long they live; null for the service's default, 5 minutes.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The forks, each of which may have failed.</returns>
    public Task<IReadOnlyList<SandboxFork>> ForkAsync(int count = 1, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _client.ForkAsync(SandboxId, count, timeout, cancellationToken);

    /// <summary>Replaces which addresses it reaches; what is not set is cleared.</summary>
    /// <param name="network">The addresses. Who reaches the sandbox is chosen at its creation and cannot be changed.</param>
    /// <param name="allowInternetAccess">Whether it reaches the internet; null for the service's default.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task UpdateNetworkAsync(SandboxNetwork network, bool? allowInternetAccess = null, CancellationToken cancellationToken = default) =>
        _client.UpdateNetworkAsync(SandboxId, network, allowInternetAccess, cancellationToken);

    /// <summary>Finds out whether it runs: neither paused nor ended.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxRequestException">It cannot be found out.</exception>
    public Task<bool> IsRunningAsync(CancellationToken cancellationToken = default) => _envd.IsRunningAsync(cancellationToken);

    /// <summary>Returns the host name, with a port if the service has one, at which a port of the sandbox is reached; with <c>https://</c> in front.</summary>
    /// <param name="port">The port, on which a program in the sandbox listens.</param>
    public string GetHost(int port) => _client.Settings.HostOf(port, SandboxId, Domain);

    /// <summary>Returns an address from which a file can be read without headers, such as by a browser.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="user">The user whose home a relative path begins at; null for the default user.</param>
    /// <param name="expiration">Until when the address can be used; null for as long as the sandbox lives. An insecure sandbox ignores it.</param>
    /// <remarks>Whoever has the address can read the file.</remarks>
    public Uri DownloadUrl(string path, string? user = null, DateTimeOffset? expiration = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return UrlOf("read", path, user, expiration);
    }

    /// <summary>Returns an address to which a form can upload a file without headers, such as one of a browser.</summary>
    /// <param name="path">The path of the file; null when the form names it.</param>
    /// <param name="user">The user whose home a relative path begins at; null for the default user.</param>
    /// <param name="expiration">Until when the address can be used; null for as long as the sandbox lives. An insecure sandbox ignores it.</param>
    /// <remarks>Whoever has the address can write the file; without a path, any file.</remarks>
    public Uri UploadUrl(string? path = null, string? user = null, DateTimeOffset? expiration = null) => UrlOf("write", path ?? "", user, expiration);

    private Uri UrlOf(string operation, string path, string? user, DateTimeOffset? expiration) => FileUrls.Create(
        _client.Settings.DirectUrlOf(SandboxSettings.ServicesPort, SandboxId, Domain), _record.AccessToken, operation, path, _envd.UserOr(user), expiration);
}
