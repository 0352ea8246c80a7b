using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Hosting;
using KernelGateway.Launching;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Hosting;

/// <summary>Provisioners that a host adds to its services.</summary>
public sealed class AddProvisionerTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernelspecs_choose_a_provisioner_and_the_container_disposes_it_last(CancellationToken cancellationToken)
    {
        var kernelSpecs = Directory.CreateTempSubdirectory("kernel-gateway-tests-");
        try
        {
            await WriteSpecAsync(kernelSpecs, "plain", "{}", cancellationToken);
            const string Remote = """{"kernel_provisioner": {"provisioner_name": "remote"}}""";
            await WriteSpecAsync(kernelSpecs, "remote", Remote, cancellationToken);
            var app = Build(kernelSpecs, gateway => gateway
                .AddProvisioner<DefaultProvisioner>()
                .AddProvisioner<RemoteProvisioner>("remote")
                .AddProvisioner("unused", _ => new RemoteProvisioner()));
            var plain = app.Services.GetRequiredService<IKernelProvisioner>();
            var remote = app.Services.GetRequiredKeyedService<IKernelProvisioner>("remote");
            await app.StartAsync(cancellationToken);
            var contexts = app.Services.GetRequiredService<Gateway>().Contexts;

            await contexts.CreateAsync(new() { KernelSpecName = "plain" }, cancellationToken);
            await contexts.CreateAsync(new() { KernelSpecName = "remote" }, cancellationToken);
            await app.DisposeAsync();

            ((HostProvisioner)plain).Launched.Should().Equal("plain");
            ((HostProvisioner)remote).Launched.Should().Equal("remote");
            ((HostProvisioner)plain).RunningAtDisposal.Should().Be(0);
            ((HostProvisioner)remote).RunningAtDisposal.Should().Be(0);
        }
        finally
        {
            kernelSpecs.Delete(recursive: true);
        }
    }

    [Test]
    public void A_second_provisioner_for_the_same_kernelspecs_is_refused()
    {
        var gateway = new ServiceCollection().AddKernelGateway()
            .AddProvisioner<DefaultProvisioner>().AddProvisioner<RemoteProvisioner>("remote");

        gateway.Invoking(one => one.AddProvisioner<RemoteProvisioner>())
            .Should().Throw<InvalidOperationException>().WithMessage("*names*");
        gateway.Invoking(one => one.AddProvisioner("remote", _ => new RemoteProvisioner()))
            .Should().Throw<InvalidOperationException>().WithMessage("*'remote'*");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Options_of_the_host_that_are_changed_after_the_start_have_no_effect(CancellationToken cancellationToken)
    {
        var kernelSpecs = Directory.CreateTempSubdirectory("kernel-gateway-tests-");
        try
        {
            await WriteSpecAsync(kernelSpecs, "plain", "{}", cancellationToken);
            await using var app = Build(kernelSpecs, gateway => gateway
                .AddProvisioner<DefaultProvisioner>()
                .Configure(options => options.Contexts.MaxContexts = 1));
            await app.StartAsync(cancellationToken);
            var contexts = app.Services.GetRequiredService<Gateway>().Contexts;
            app.Services.GetRequiredService<IOptions<KernelGatewayOptions>>().Value.Contexts.MaxContexts = 2;
            await contexts.CreateAsync(new() { KernelSpecName = "plain" }, cancellationToken);

            await FluentActions.Awaiting(() => contexts.CreateAsync(new() { KernelSpecName = "plain" }, cancellationToken))
                .Should().ThrowAsync<Contexts.ContextLimitException>();
        }
        finally
        {
            kernelSpecs.Delete(recursive: true);
        }
    }

    private static WebApplication Build(DirectoryInfo kernelSpecs, Action<KernelGatewayBuilder> configure)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        configure(builder.Services.AddKernelGateway(options => options.KernelSpecs.ExtraDirectories.Add(kernelSpecs.FullName)));
        return builder.Build();
    }

    private static Task WriteSpecAsync(
        DirectoryInfo kernelSpecs, string name, string metadata, CancellationToken cancellationToken) => File.WriteAllTextAsync(
            Path.Combine(kernelSpecs.CreateSubdirectory(name).FullName, "kernel.json"),
            $$"""{"argv": ["echo-kernel"], "display_name": "Echo", "language": "echo", "metadata": {{metadata}}}""",
            cancellationToken);

    private abstract class HostProvisioner : IKernelProvisioner, IAsyncDisposable
    {
        private readonly ScriptedProvisioner _inner = new();

        public List<string> Launched { get; } = [];

        public int? RunningAtDisposal { get; private set; }

        private List<IKernelProcess> Processes { get; } = [];

        public async Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken)
        {
            Launched.Add(launch.Spec.Name);
            var process = await _inner.LaunchAsync(launch, cancellationToken);
            Processes.Add(process);
            return process;
        }

        public ValueTask DisposeAsync()
        {
            RunningAtDisposal ??= Processes.Count(process => !process.Exited.IsCompleted);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class DefaultProvisioner : HostProvisioner;

    private sealed class RemoteProvisioner : HostProvisioner;
}
