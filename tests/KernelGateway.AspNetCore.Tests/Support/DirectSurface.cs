using KernelGateway.Testing.Logging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>A gateway with scripted kernels, called without an HTTP server.</summary>
/// <remarks>An operation has begun when its call returns, so that tests of races are deterministic.</remarks>
internal sealed class DirectSurface : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly string _kernelSpecs;

    private DirectSurface(Gateway gateway, ScriptedProvisioner provisioner, ServiceProvider services, string kernelSpecs)
    {
        Gateway = gateway;
        Provisioner = provisioner;
        Surface = new HttpSurface(services, new KernelGatewayHttpOptions());
        _services = services;
        _kernelSpecs = kernelSpecs;
    }

    public Gateway Gateway { get; }

    public ScriptedProvisioner Provisioner { get; }

    public HttpSurface Surface { get; }

    /// <summary>Starts the gateway.</summary>
    /// <param name="program">The program in the kernelspec. The gateway treats some programs specially.</param>
    /// <param name="time">The clock of the HTTP endpoints. The gateway uses the system clock.</param>
    public static async Task<DirectSurface> StartAsync(string program = "echo-kernel", TimeProvider? time = null)
    {
        var kernelSpecs = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;
        Directory.CreateDirectory(Path.Combine(kernelSpecs, "echo"));
        await File.WriteAllTextAsync(
            Path.Combine(kernelSpecs, "echo", "kernel.json"), $$"""{"argv": ["{{program}}"], "display_name": "Echo", "language": "echo"}""");
        var options = new KernelGatewayOptions();
        options.KernelSpecs.ExtraDirectories.Add(kernelSpecs);
        options.KernelSpecs.AllowedKernelSpecs.Add("echo");
        options.Languages.DefaultLanguage = "echo";
        var provisioner = new ScriptedProvisioner();
        var gateway = await new GatewayBuilder(options).AddProvisioner(provisioner).StartAsync();
        var services = new ServiceCollection().AddSingleton(gateway).AddSingleton<ILoggerFactory>(new LogCollector());
        if (time is not null) services.AddSingleton(time);
        return new DirectSurface(gateway, provisioner, services.BuildServiceProvider(), kernelSpecs);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Gateway.DisposeAsync();
        Directory.Delete(_kernelSpecs, recursive: true);
    }
}
