using KernelGateway.AspNetCore.Tests.Support;

namespace KernelGateway.AspNetCore.Tests.Legacy;

/// <summary>A gateway that serves the clients of the first generation, with a directory of the test.</summary>
internal sealed class LegacyServer : IAsyncDisposable
{
    private LegacyServer(GatewayServer server, RpcClient client, string directory)
    {
        Directory = directory;
        Server = server;
        Client = client;
    }

    public GatewayServer Server { get; }

    public RpcClient Client { get; }

    /// <summary>Gets a directory that is removed at the end.</summary>
    public string Directory { get; }

    public static async Task<LegacyServer> StartAsync(
        CancellationToken cancellationToken, Action<KernelGatewayHttpOptions>? http = null)
    {
        // A home without a profile: that of the machine's user may run programs of its own.
        var home = System.IO.Directory.CreateTempSubdirectory("kernel-gateway-legacy-").FullName;
        var server = await GatewayServer.StartAsync(
            options => options.Launching.Variables["HOME"] = home,
            surface =>
            {
                surface.Authentication = KernelGatewayAuthentication.None;
                http?.Invoke(surface);
            },
            sandbox: _ => { });
        return new LegacyServer(server, await RpcClient.ConnectAsync(server, cancellationToken), home);
    }

    /// <summary>Returns the path of a file in the directory.</summary>
    public string PathOf(string name) => Path.Combine(Directory, name);

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
