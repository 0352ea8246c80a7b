using System.Net.Sockets;
using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using KernelGateway.AspNetCore.Tests.Jupyter.Channels.Sockets;
using KernelGateway.Testing.Logging;
using KernelGateway.Testing.Scripting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>A gateway on Kestrel with a free loopback port. Its kernels are scripted ones of the language <c>echo</c>, or real ones.</summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    public const string Token = "the-token";

    private readonly WebApplication _app;
    private readonly string _kernelSpecs;
    private readonly string? _socket;

    private GatewayServer(WebApplication app, ScriptedProvisioner provisioner, LogCollector log, string kernelSpecs, string? socket)
    {
        _app = app;
        _socket = socket;
        Provisioner = provisioner;
        Log = log;
        _kernelSpecs = kernelSpecs;
        Client = NewClient(Token);
    }

    /// <summary>Gets a client that sends the token.</summary>
    public HttpClient Client { get; }

    public ScriptedProvisioner Provisioner { get; }

    public LogCollector Log { get; }

    public Gateway Gateway => _app.Services.GetRequiredService<Gateway>();

    /// <summary>Gets the directory of the kernelspec <c>echo</c>.</summary>
    public string EchoDirectory => Path.Combine(_kernelSpecs, "echo");

    public Uri Address => _socket is null ? new(_app.Urls.Single()) : new("http://localhost");

    public static async Task<GatewayServer> StartAsync(
        Action<KernelGatewayOptions>? options = null,
        Action<KernelGatewayHttpOptions>? http = null,
        TimeProvider? time = null,
        bool realKernels = false,
        ServerSockets stack = ServerSockets.KestrelSockets,
        Action<IServiceCollection>? services = null,
        Action<SandboxServicesOptions>? sandbox = null,
        Action<WebApplication>? app = null,
        string? socket = null)
    {
        var kernelSpecs = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;
        try
        {
            return await StartAsync(kernelSpecs, options, http, time, realKernels, stack, services, sandbox, app, socket);
        }
        catch
        {
            Directory.Delete(kernelSpecs, recursive: true);
            throw;
        }
    }

    private static async Task<GatewayServer> StartAsync(
        string kernelSpecs,
        Action<KernelGatewayOptions>? options,
        Action<KernelGatewayHttpOptions>? http,
        TimeProvider? time,
        bool realKernels,
        ServerSockets stack,
        Action<IServiceCollection>? services,
        Action<SandboxServicesOptions>? sandbox,
        Action<WebApplication>? app,
        string? socket)
    {
        var provisioner = new ScriptedProvisioner();
        var log = new LogCollector();
        Directory.CreateDirectory(Path.Combine(kernelSpecs, "echo"));
        await File.WriteAllTextAsync(
            Path.Combine(kernelSpecs, "echo", "kernel.json"), """{"argv": ["echo-kernel"], "display_name": "Echo", "language": "echo"}""");

        // Without the configuration files and environment variables of the other builders: nothing of the machine reaches the test, and no file is watched.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        if (socket is null) builder.WebHost.UseUrls("http://127.0.0.1:0");
        else builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket));
        if (stack == ServerSockets.DrainingSockets) builder.WebHost.UseKernelGatewaySockets();
        if (stack == ServerSockets.RuntimeWebSocket)
        {
            builder.Services.AddSingleton<IChannelSocketFactory, RuntimeChannelSocketFactory>();
        }

        builder.Logging.SetMinimumLevel(LogLevel.Trace);
        builder.Logging.AddProvider(log);

        // As in the command. At Information, ASP.NET Core's request log throws for a Host header that cannot be decoded, before gateway code runs.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting", LogLevel.Warning);
        if (time is not null) builder.Services.AddSingleton(time);
        services?.Invoke(builder.Services);
        if (!realKernels) builder.Services.AddSingleton<Launching.IKernelProvisioner>(provisioner);
        var added = builder.Services.AddKernelGateway(gateway =>
        {
            if (!realKernels)
            {
                gateway.KernelSpecs.ExtraDirectories.Add(kernelSpecs);
                gateway.KernelSpecs.AllowedKernelSpecs.Add("echo");
                gateway.Languages.DefaultLanguage = "echo";
            }

            options?.Invoke(gateway);
        }).ConfigureHttp(surface =>
        {
            surface.Token = Token;
            http?.Invoke(surface);
            if (surface.Authentication != KernelGatewayAuthentication.Token) surface.Token = null;
        });
        if (sandbox is not null) added.AddSandboxServices(sandbox);
        var built = builder.Build();
        app?.Invoke(built);
        built.MapKernelGateway();
        await built.StartAsync();
        return new GatewayServer(built, provisioner, log, kernelSpecs, socket);
    }

    /// <summary>Starts a gateway with real kernels and <c>python3</c> for Python. Ignores the test when that kernelspec is not installed.</summary>
    public static async Task<GatewayServer> StartWithPythonAsync()
    {
        var server = await StartAsync(options => options.Languages.PreferredKernelSpecs["python"] = ["python3"], realKernels: true);
        var installed = await server.Gateway.KernelSpecs.ListAsync();
        if (installed.Any(spec => spec.Name == "python3")) return server;
        await server.DisposeAsync();
        Assert.Ignore("No kernelspec 'python3' is installed.");
        return server;
    }

    public HttpClient NewClient(string? token = null)
    {
        var client = new HttpClient(NewHandler()) { BaseAddress = Address, Timeout = Timeout.InfiniteTimeSpan };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    /// <summary>Makes a handler that connects to the server, by its Unix socket if it has one.</summary>
    public SocketsHttpHandler NewHandler()
    {
        // A response that is disposed before its end breaks the connection at once; the handler would first read on for two seconds.
        var handler = new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero };
        if (_socket is { } path)
        {
            handler.ConnectCallback = async (_, cancellationToken) =>
            {
                var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await client.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(client, ownsSocket: true);
            };
        }

        return handler;
    }

    /// <summary>Waits for the n-th scripted kernel and returns it.</summary>
    public Task<ScriptedKernel> KernelAsync(CancellationToken cancellationToken, int number = 1) =>
        Provisioner.Kernels.WaitForAsync(_ => true, number, cancellationToken);

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_kernelSpecs, recursive: true);
    }
}
