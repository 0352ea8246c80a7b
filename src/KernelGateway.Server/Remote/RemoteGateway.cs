using System.Net.Http.Headers;
using System.Text;

namespace KernelGateway.Server.Remote;

/// <summary>A running gateway, as its clients see it: its files and its processes.</summary>
/// <remarks>This folder needs nothing of the command. It is the part of a client library that the command uses.</remarks>
internal sealed class RemoteGateway : IDisposable
{
    private readonly RemoteServer _server;

    /// <summary>Creates the client. It connects when something is asked for.</summary>
    /// <param name="address">Where the gateway listens.</param>
    /// <param name="token">The token; null for none.</param>
    /// <param name="user">The user of files and processes; null for the gateway's default.</param>
    /// <param name="sandboxId">The sandbox whose gateway it is, if the address is that of a router; else null.</param>
    public RemoteGateway(RemoteAddress address, string? token, string? user, string? sandboxId = null)
    {
        HasToken = token is not null;
        _server = new RemoteServer(address, sandboxId is null ? "gateway" : $"gateway of sandbox {sandboxId}");
        var headers = _server.Http.DefaultRequestHeaders;
        if (token is not null) headers.TryAddWithoutValidation("X-Access-Token", token);
        if (sandboxId is not null)
        {
            headers.TryAddWithoutValidation("E2b-Sandbox-Id", sandboxId);
            headers.TryAddWithoutValidation("E2b-Sandbox-Port", "49983");
        }

        if (user is not null)
        {
            headers.Authorization =
                new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:")));
        }

        Files = new RemoteFiles(this, user);
        Processes = new RemoteProcesses(this);
    }

    public RemoteAddress Address => _server.Address;

    public RemoteFiles Files { get; }

    public RemoteProcesses Processes { get; }

    /// <summary>Gets a value indicating whether requests carry a token.</summary>
    public bool HasToken { get; }

    /// <summary>Sends a request and returns the answer as soon as its headers are there, whatever its status.</summary>
    /// <exception cref="RemoteException">The gateway cannot be reached.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _server.SendAsync(request, cancellationToken);

    /// <summary>Gives the exception for a connection that cannot be made, or that broke.</summary>
    public RemoteException Unreachable(Exception exception) => _server.Unreachable(exception);

    public void Dispose() => _server.Dispose();
}
