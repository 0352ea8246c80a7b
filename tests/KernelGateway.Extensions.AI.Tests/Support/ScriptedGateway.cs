using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing.Scripting;

namespace KernelGateway.Extensions.AI.Tests.Support;

/// <summary>An embedded gateway with scripted kernels for the languages <c>echo</c>, its default, and <c>other</c>.</summary>
internal sealed class ScriptedGateway : IAsyncDisposable
{
    private readonly DirectoryInfo _kernelspecs;

    private ScriptedGateway(Gateway gateway, ScriptedProvisioner provisioner, DirectoryInfo kernelspecs)
    {
        Gateway = gateway;
        Provisioner = provisioner;
        _kernelspecs = kernelspecs;
    }

    public Gateway Gateway { get; }

    public ScriptedProvisioner Provisioner { get; }

    public static async Task<ScriptedGateway> StartAsync()
    {
        var kernelspecs = Directory.CreateTempSubdirectory("scripted-kernelspec-");
        var options = new KernelGatewayOptions();
        foreach (var language in new[] { "echo", "other" })
        {
            await File.WriteAllTextAsync(
                Path.Combine(kernelspecs.CreateSubdirectory(language).FullName, "kernel.json"),
                $$"""{"argv":["scripted"],"display_name":"{{language}}","language":"{{language}}"}""");
            options.KernelSpecs.AllowedKernelSpecs.Add(language);
        }
        options.KernelSpecs.ExtraDirectories.Add(kernelspecs.FullName);
        options.Languages.DefaultLanguage = "echo";
        var provisioner = new ScriptedProvisioner();
        return new ScriptedGateway(await new GatewayBuilder(options).AddProvisioner(provisioner).StartAsync(), provisioner, kernelspecs);
    }

    /// <summary>Returns the kernel that was started first.</summary>
    public Task<ScriptedKernel> KernelAsync(CancellationToken cancellationToken) => Provisioner.Kernels.WaitForAsync(_ => true, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        _kernelspecs.Delete(recursive: true);
    }
}
