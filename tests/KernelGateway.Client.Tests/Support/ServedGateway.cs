using KernelGateway.Testing.Scripting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace KernelGateway.Client.Tests.Support;

/// <summary>A gateway with scripted kernels of the language <c>echo</c>, on Kestrel with a free loopback port.</summary>
internal sealed class ServedGateway : IAsyncDisposable
{
    public const string Token = "the-token";

    private readonly WebApplication _app;
    private readonly ScriptedProvisioner _provisioner;
    private readonly string _kernelSpecs;

    private ServedGateway(WebApplication app, ScriptedProvisioner provisioner, string kernelSpecs)
    {
        _app = app;
        _provisioner = provisioner;
        _kernelSpecs = kernelSpecs;
    }

    public Gateway Gateway => _app.Services.GetRequiredService<Gateway>();

    public Uri Address => new(_app.Urls.Single());

    /// <summary>Gets the directory of the kernelspecs.</summary>
    public string Directory => _kernelSpecs;

    public static async Task<ServedGateway> StartAsync(Action<KernelGatewayOptions>? options = null)
    {
        var kernelSpecs = System.IO.Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;
        System.IO.Directory.CreateDirectory(Path.Combine(kernelSpecs, "echo"));
        await File.WriteAllTextAsync(
            Path.Combine(kernelSpecs, "echo", "kernel.json"), """{"argv": ["echo-kernel"], "display_name": "Echo", "language": "echo"}""");
        var provisioner = new ScriptedProvisioner();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<Launching.IKernelProvisioner>(provisioner);
        builder.Services.AddKernelGateway(gateway =>
        {
            gateway.KernelSpecs.ExtraDirectories.Add(kernelSpecs);
            gateway.KernelSpecs.AllowedKernelSpecs.Add("echo");
            gateway.Languages.DefaultLanguage = "echo";
            options?.Invoke(gateway);
        }).ConfigureHttp(surface => surface.Token = Token);
        var app = builder.Build();
        app.MapKernelGateway();
        await app.StartAsync();
        return new ServedGateway(app, provisioner, kernelSpecs);
    }

    /// <summary>Creates a client, which does not wait before it repeats something.</summary>
    public GatewayClient NewClient(Uri? address = null, int maxRetries = 3) => new(new GatewayClientOptions
    {
        Address = address ?? Address,
        Token = Token,
        RetryDelay = TimeSpan.Zero,
        MaxRetries = maxRetries,
    });

    /// <summary>Waits for the n-th scripted kernel.</summary>
    public Task<ScriptedKernel> KernelAsync(CancellationToken cancellationToken, int number = 1) =>
        _provisioner.Kernels.WaitForAsync(_ => true, number, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        System.IO.Directory.Delete(_kernelSpecs, recursive: true);
    }
}
