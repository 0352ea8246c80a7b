using System.CommandLine;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Configuration;

/// <summary>The options and arguments that say at which gateway a command does something.</summary>
internal interface IGatewayOptions
{
    /// <summary>Adds them; its arguments come before those of the command.</summary>
    void AddTo(Command command);

    /// <summary>Creates the client.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="cancellationToken">Cancels requests that find the gateway.</param>
    /// <exception cref="SettingsException">The address cannot be used.</exception>
    /// <exception cref="RemoteException">The gateway cannot be found.</exception>
    Task<GatewayConnection> ConnectAsync(ParseResult parsed, CancellationToken cancellationToken);
}

/// <summary>A gateway, and what is done so that it lives on while it is used.</summary>
/// <param name="gateway">The gateway.</param>
/// <param name="keeping">Keeps it alive until it is disposed; null if nothing is needed.</param>
internal sealed class GatewayConnection(RemoteGateway gateway, IAsyncDisposable? keeping = null) : IAsyncDisposable
{
    public RemoteGateway Gateway => gateway;

    public async ValueTask DisposeAsync()
    {
        if (keeping is not null) await keeping.DisposeAsync();
        gateway.Dispose();
    }
}
