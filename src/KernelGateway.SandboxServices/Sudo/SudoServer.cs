using System.Globalization;
using System.Net;
using System.Net.Sockets;
using KernelGateway.Processes.Native;
using KernelGateway.SandboxServices.Users;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.SandboxServices.Sudo;

/// <summary>
/// Runs commands as other users for programs that cannot become them, as sudo does where programs get no new privileges. Linux
/// only, for a service that runs as root.
/// </summary>
/// <remarks>
/// Only root and the default user of the sandbox may use it. The system knows who is at the other end of the socket. A command has
/// the descriptors of the program that asks, and ends when that program is killed. It is started as
/// <see cref="LocalSandbox.StartAsync"/> starts commands of the same user, with the same limits, and is not listed there.
/// </remarks>
public sealed partial class SudoServer : IAsyncDisposable
{
    /// <summary>The most connections at the same time.</summary>
    internal const int MaxConnections = 256;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan DisposalLimit = TimeSpan.FromSeconds(10);

    private readonly LocalSandbox _sandbox;
    private readonly Socket _listener;
    private readonly SudoSessions _sessions;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _connections = [];       // Guarded by _lock.
    private Task _accepting = Task.CompletedTask;
    private Task? _disposal;

    /// <summary>Creates the object. It accepts nobody before <see cref="Start"/>.</summary>
    /// <param name="sandbox">The services, whose default user may use it. They must be disposed after it.</param>
    /// <param name="listener">A Unix socket with a path that listens. It is disposed with this object.</param>
    /// <exception cref="ArgumentException">The socket is of another kind.</exception>
    /// <exception cref="InvalidOperationException">The service does not run as root, or the system is not Linux.</exception>
    public SudoServer(LocalSandbox sandbox, Socket listener)
    {
        ArgumentNullException.ThrowIfNull(sandbox);
        ArgumentNullException.ThrowIfNull(listener);
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            throw new InvalidOperationException("Only a service that runs as root on Linux can run commands as other users.");
        if (listener.LocalEndPoint is not UnixDomainSocketEndPoint { } place || !place.ToString().StartsWith('/'))
            throw new ArgumentException("The socket is not a Unix socket with an absolute path.", nameof(listener));
        Path = place.ToString();
        _sandbox = sandbox;
        _listener = listener;
        var loggers = sandbox.Options.LoggerFactory;
        _logger = (ILogger?)loggers?.CreateLogger<SudoServer>() ?? NullLogger.Instance;
        _sessions = new SudoSessions(sandbox.Processes.Limits, sandbox.Options.TimeProvider, _logger);
    }

    /// <summary>Gets the path of the socket.</summary>
    public string Path { get; }

    /// <summary>Begins to accept programs.</summary>
    /// <exception cref="IOException">The socket cannot be given to the default user.</exception>
    public void Start()
    {
        GiveAway();
        _sandbox.DefaultUserChanged += OnDefaultUserChanged;
        using (ExecutionContext.SuppressFlow()) _accepting = Task.Run(AcceptAsync, CancellationToken.None);
    }

    /// <summary>Kills the commands and closes the socket; completes when they are gone.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock) return new ValueTask(_disposal ??= Task.Run(EndAsync, CancellationToken.None));
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                Begin(socket);
            }
            catch (Exception exception) when (_stopping.IsCancellationRequested && IsEnd(exception))
            {
                return;
            }
            catch (SocketException exception)
            {
                // The client has gone, or no descriptors are left for a while.
                LogNotAccepted(exception.Message);
                await Task.Delay(PauseAfterFailure, _sandbox.Options.TimeProvider, _stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static bool IsEnd(Exception exception) => exception is OperationCanceledException or ObjectDisposedException or SocketException;

    private void Begin(Socket socket)
    {
        lock (_lock)
        {
            if (_connections.Count < MaxConnections)
            {
                var connection = Task.Run(() => ServeAsync(socket), CancellationToken.None);
                _connections.Add(connection);
                _ = connection.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                return;
            }
        }

        using (socket) SudoSessions.Refuse(socket, $"{MaxConnections} commands run already");
    }

    private void Forget(Task connection)
    {
        lock (_lock) _connections.Remove(connection);
    }

    // A failure with one connection ends that one only.
    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                var peer = PeerCredentials.Read(socket);
                if (FindCaller(peer) is { } caller)
                {
                    await _sessions.RunAsync(socket, caller, _stopping.Token).ConfigureAwait(false);
                    return;
                }

                LogRefused(peer.UserId);
                SudoSessions.Refuse(socket, "only root and the default user of this sandbox may use sudo");
            }
            catch (Exception exception)
            {
                LogFailed(exception);
            }
        }
    }

    private SudoCaller? FindCaller(PeerCredentials peer)
    {
        if (peer.UserId != 0 && peer.UserId != FindDefaultUser()?.UserId) return null;
        var id = peer.UserId.ToString(CultureInfo.InvariantCulture);
        return new SudoCaller(SandboxUser.Find(id)?.Name ?? id, peer.UserId, peer.GroupId);
    }

    private SandboxUser? FindDefaultUser()
    {
        try
        {
            return _sandbox.GetUser();
        }
        catch (UnknownUserException)
        {
            // Removed since. Root can use it.
            return null;
        }
    }

    // Whom the socket does not belong to cannot connect at all.
    private void GiveAway()
    {
        if (OperatingSystem.IsWindows() || FindDefaultUser() is not { } user) return;
        LibC.ChangeOwner(Path, user.UserId, user.GroupId);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private void OnDefaultUserChanged()
    {
        try
        {
            GiveAway();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Root has removed the socket.
            LogNotGiven(exception.Message);
        }
    }

    private async Task EndAsync()
    {
        _sandbox.DefaultUserChanged -= OnDefaultUserChanged;
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] connections;
        lock (_lock) connections = [.. _connections];
        await Task.WhenAll(connections).WaitAsync(DisposalLimit, _sandbox.Options.TimeProvider)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _sessions.Dispose();
        _stopping.Dispose();
    }

    [LoggerMessage(6401, LogLevel.Debug, "A program of user {UserId} may not use sudo.")]
    private partial void LogRefused(uint userId);

    [LoggerMessage(6402, LogLevel.Debug, "A connection for sudo was not accepted: {Problem}")]
    private partial void LogNotAccepted(string problem);

    [LoggerMessage(6403, LogLevel.Warning, "The socket of sudo does not belong to the new default user: {Problem}")]
    private partial void LogNotGiven(string problem);

    [LoggerMessage(6405, LogLevel.Error, "A connection for sudo has failed.")]
    private partial void LogFailed(Exception exception);
}
