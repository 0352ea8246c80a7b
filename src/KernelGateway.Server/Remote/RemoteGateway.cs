using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace KernelGateway.Server.Remote;

/// <summary>A running gateway, as its clients see it: its files and its processes.</summary>
/// <remarks>This folder needs nothing of the command. It is the part of a client library that the command uses.</remarks>
internal sealed class RemoteGateway : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;

    /// <summary>Creates the client. It connects when something is asked for.</summary>
    /// <param name="address">Where the gateway listens.</param>
    /// <param name="token">The token; null for none.</param>
    /// <param name="user">The user of files and processes; null for the gateway's default.</param>
    public RemoteGateway(RemoteAddress address, string? token, string? user)
    {
        Address = address;
        HasToken = token is not null;
        var handler = new SocketsHttpHandler { ConnectTimeout = ConnectTimeout, UseCookies = false };
        if (address.SocketPath is { } path)
        {
            handler.UseProxy = false;
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(path, cancellationToken);
        }

        // Commands and files take as long as they take.
        _http = new HttpClient(handler) { BaseAddress = address.Url, Timeout = Timeout.InfiniteTimeSpan };
        if (token is not null) _http.DefaultRequestHeaders.TryAddWithoutValidation("X-Access-Token", token);
        if (user is not null)
        {
            _http.DefaultRequestHeaders.Authorization =
                new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:")));
        }

        Files = new RemoteFiles(this, user);
        Processes = new RemoteProcesses(this);
    }

    public RemoteAddress Address { get; }

    public RemoteFiles Files { get; }

    public RemoteProcesses Processes { get; }

    /// <summary>Gets a value indicating whether requests carry a token.</summary>
    public bool HasToken { get; }

    /// <summary>Sends a request and returns the answer as soon as its headers are there, whatever its status.</summary>
    /// <exception cref="RemoteException">The gateway cannot be reached.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw Unreachable(exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Only the attempt to connect has a time limit.
            throw new RemoteException(
                RemoteProblem.Unreachable,
                $"The gateway at {Address} cannot be reached: no connection within {ConnectTimeout.TotalSeconds:0} seconds.",
                exception);
        }
    }

    /// <summary>Gives the exception for a connection that cannot be made, or that broke.</summary>
    public RemoteException Unreachable(Exception exception)
    {
        var cause = exception;
        while (cause.InnerException is { } inner) cause = inner;
        var error = (exception as HttpRequestException)?.HttpRequestError;
        var what = error is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            ? $"The gateway at {Address} cannot be reached"
            : $"The connection to the gateway at {Address} failed";
        return new RemoteException(RemoteProblem.Unreachable, $"{what}: {EndWithDot(cause.Message)}", exception);
    }

    public void Dispose() => _http.Dispose();

    private static string EndWithDot(string text) => text.EndsWith('.') ? text : text + ".";

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
