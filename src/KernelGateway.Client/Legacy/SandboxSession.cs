using KernelGateway.Sandboxes;
using CurrentSandbox = KernelGateway.Client.Sandbox;

namespace KernelGateway.Client.Legacy;

/// <summary>
/// An open sandbox of this vocabulary: the sandbox of today's vocabulary, kept alive by refreshes, with what this vocabulary keeps in the client, which is
/// the working directory, the variables and the handlers for the whole sandbox.
/// </summary>
internal sealed class SandboxSession : IAsyncDisposable
{
    /// <summary>How long a sandbox lives that nobody refreshes.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(15);

    // Output of Python programs comes as they print it.
    private const string Unbuffered = "PYTHONUNBUFFERED";

    private readonly TimeLimit _limit;
    private RefreshLoop? _refreshing;
    private readonly Lock _gate = new();
    private readonly HashSet<IAsyncDisposable> _open = [];   // Watches and processes that are followed.
    private bool _isClosed;

    private SandboxSession(CurrentSandbox sandbox, SandboxOpening opening, TimeLimit limit, TimeProvider time)
    {
        Sandbox = sandbox;
        Time = time;
        Cwd = opening.Cwd;
        Variables = opening.EnvVars ?? new Dictionary<string, string>();
        Handlers = opening.Handlers;
        IsOpen = true;
        _limit = limit;
    }

    public CurrentSandbox Sandbox { get; }

    public TimeProvider Time { get; }

    public string? Cwd { get; set; }

    public IReadOnlyDictionary<string, string> Variables { get; }

    public ProcessHandlers Handlers { get; }

    /// <summary>Gets a value indicating whether it is neither closed nor has the sandbox been found to be gone.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Creates a sandbox.</summary>
    public static Task<SandboxSession> CreateAsync(string template, SandboxOpening opening, CancellationToken cancellationToken) => OpenAsync(
        "Creating the sandbox",
        opening,
        (client, token) => CurrentSandbox.CreateAsync(
            new SandboxCreateOptions { Template = template, Timeout = Lifetime, Metadata = opening.Metadata, Envs = opening.EnvVars }, client, token),
        cancellationToken);

    /// <summary>Connects to a sandbox that exists.</summary>
    public static Task<SandboxSession> ReconnectAsync(string sandboxId, SandboxOpening opening, CancellationToken cancellationToken) => OpenAsync(
        "Connecting to the sandbox",
        opening,
        (client, token) => CurrentSandbox.ConnectAsync(sandboxId, Lifetime, client, token),
        cancellationToken);

    /// <summary>Returns the path that a call sends.</summary>
    public string Resolve(string path) => SandboxPath.Resolve(path, Cwd);

    /// <summary>Returns the variables of a process: those of the sandbox, overridden by its own.</summary>
    public Dictionary<string, string> MergeVariables(IReadOnlyDictionary<string, string>? variables)
    {
        var merged = new Dictionary<string, string>(Variables, StringComparer.Ordinal);
        merged.TryAdd(Unbuffered, "1");
        foreach (var (name, value) in variables ?? new Dictionary<string, string>()) merged[name] = value;
        return merged;
    }

    /// <summary>Lets the sandbox live at least for a time from now on.</summary>
    public Task KeepAliveAsync(TimeSpan duration, CancellationToken cancellationToken) => RunAsync(
        "Keeping the sandbox alive",
        null,
        async token =>
        {
            await Sandbox.RefreshAsync(duration, token).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Runs a call.</summary>
    /// <exception cref="TimeoutException">It took too long.</exception>
    /// <exception cref="ObjectDisposedException">The sandbox is closed.</exception>
    public Task<T> RunAsync<T>(string what, TimeSpan? timeout, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, typeof(Legacy.Sandbox));
        return _limit.RunAsync(what, timeout, call, cancellationToken);
    }

    /// <summary>Runs a call about files.</summary>
    /// <exception cref="FilesystemException">It failed.</exception>
    public async Task<T> RunOnFilesAsync<T>(
        string what, TimeSpan? timeout, Func<SandboxFiles, CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(what, timeout, token => call(Sandbox.Files, token), cancellationToken).ConfigureAwait(false);
        }
        catch (SandboxException exception) when (exception is not FilesystemException)
        {
            throw new FilesystemException(exception.Error, exception.Message, exception);
        }
    }

    /// <summary>Runs a call about processes.</summary>
    /// <exception cref="ProcessException">It failed.</exception>
    public async Task<T> RunOnProcessesAsync<T>(
        string what,
        TimeSpan? timeout,
        Func<SandboxCommands, CancellationToken, Task<T>> call,
        CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(what, timeout, token => call(Sandbox.Commands, token), cancellationToken).ConfigureAwait(false);
        }
        catch (SandboxException exception) when (exception is not ProcessException)
        {
            throw new ProcessException(exception.Error, exception.Message, exception);
        }
    }

    /// <summary>Remembers something that ends when the sandbox is closed.</summary>
    /// <exception cref="ObjectDisposedException">The sandbox was closed meanwhile.</exception>
    public async ValueTask KeepAsync(IAsyncDisposable opened)
    {
        lock (_gate)
        {
            if (!_isClosed && _open.Add(opened)) return;
        }

        await opened.DisposeAsync().ConfigureAwait(false);
        throw new ObjectDisposedException(nameof(Legacy.Sandbox));
    }

    /// <summary>Forgets something that has ended.</summary>
    public void Release(IAsyncDisposable opened)
    {
        lock (_gate) _open.Remove(opened);
    }

    /// <summary>Stops the refreshes, and ends watches and the following of processes. The sandbox is told nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        IAsyncDisposable[] open;
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
            open = [.. _open];
        }

        IsOpen = false;
        if (_refreshing is { } refreshing) await refreshing.DisposeAsync().ConfigureAwait(false);
        foreach (var one in open) await one.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<SandboxSession> OpenAsync(
        string what,
        SandboxOpening opening,
        Func<SandboxClientOptions, CancellationToken, Task<CurrentSandbox>> open,
        CancellationToken cancellationToken)
    {
        // Each call has a limit of its own here.
        var client = (opening.Client ?? new SandboxClientOptions()).Copy();
        client.RequestTimeout = Timeout.InfiniteTimeSpan;
        var limit = new TimeLimit(client.TimeProvider);
        SandboxSession? session = null;
        try
        {
            return await limit.RunAsync(
                what,
                opening.Timeout,
                async token =>
                {
                    session = new SandboxSession(await open(client, token).ConfigureAwait(false), opening, limit, client.TimeProvider);
                    session._refreshing = RefreshLoop.Start(session.RefreshAsync, client.TimeProvider);
                    if (opening.Cwd is { } directory) await session.Sandbox.Files.MakeDirAsync(directory, cancellationToken: token).ConfigureAwait(false);
                    return session;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            if (session is not null) await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<bool> RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _limit.RunAsync("Refreshing the sandbox", RefreshLoop.Interval, token => Sandbox.RefreshAsync(TimeSpan.Zero, token), cancellationToken)
                .ConfigureAwait(false);
            return true;
        }
        catch (SandboxNotFoundException)
        {
            IsOpen = false;
            return false;
        }
    }
}
