using System.Net.Sockets;

namespace KernelGateway.Server.Remote;

/// <summary>Sends requests to a server, and says in words why it cannot be reached.</summary>
internal sealed class RemoteServer : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    private readonly string _kind;

    /// <summary>Creates it. It connects when something is asked for.</summary>
    /// <param name="address">Where the server listens.</param>
    /// <param name="kind">What the server is, for messages.</param>
    public RemoteServer(RemoteAddress address, string kind)
    {
        Address = address;
        _kind = kind;
        var handler = new SocketsHttpHandler { ConnectTimeout = ConnectTimeout, UseCookies = false };
        if (address.SocketPath is { } path)
        {
            handler.UseProxy = false;
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(path, cancellationToken);
        }

        // Commands and files take as long as they take.
        Http = new HttpClient(handler) { BaseAddress = address.Url, Timeout = Timeout.InfiniteTimeSpan };
    }

    public RemoteAddress Address { get; }

    /// <summary>Gets the client, for the headers of all requests.</summary>
    public HttpClient Http { get; }

    /// <summary>Sends a request and returns the answer as soon as its headers are there, whatever its status.</summary>
    /// <exception cref="RemoteException">The server cannot be reached.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
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
                $"The {_kind} at {Address} cannot be reached: no connection within {ConnectTimeout.TotalSeconds:0} seconds.",
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
            ? $"The {_kind} at {Address} cannot be reached"
            : $"The connection to the {_kind} at {Address} failed";
        return new RemoteException(RemoteProblem.Unreachable, $"{what}: {EndWithDot(cause.Message)}", exception);
    }

    public void Dispose() => Http.Dispose();

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
