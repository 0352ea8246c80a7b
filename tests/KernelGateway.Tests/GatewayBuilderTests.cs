using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Testing.Time;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Launching.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests;

/// <summary>How a kernelspec selects one of the registered provisioners.</summary>
public sealed class GatewayBuilderTests
{
    private const int TestTimeout = 30_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_kernelspec_is_served_by_the_provisioner_that_it_names(CancellationToken cancellationToken)
    {
        var farAway = new RecordingProvisioner();
        await using var scripted = await StartAsync("far-away", farAway, """{"provisioner_name": "far-away", "config": {"zone": "b"}}""");

        var context = await scripted.CreateContextAsync(cancellationToken);
        await context.RestartAsync(cancellationToken);

        (await context.RunAsync("return 1", cancellationToken: cancellationToken)).Text.Should().Be("1");
        farAway.Calls.Should().Equal("launch b", "check b", "launch b");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_kernelspec_that_names_none_is_served_by_the_one_without_a_name(CancellationToken cancellationToken)
    {
        var farAway = new RecordingProvisioner();
        await using var scripted = await StartAsync("far-away", farAway, """{"config": {}}""");

        await scripted.CreateContextAsync(cancellationToken);

        farAway.Calls.Should().BeEmpty();
        scripted.Processes.Items.Should().ContainSingle();
    }

    [TestCase("nowhere")]
    [TestCase("local-provisioner")]
    [CancelAfter(TestTimeout)]
    public async Task A_provisioner_that_was_not_added_is_refused_local_processes_among_them(string name)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        var metadata = $$"""{"provisioner_name": "{{name}}"}""";
        await using var scripted = await StartAsync("far-away", new RecordingProvisioner(), metadata);

        var failure = (await FluentActions.Awaiting(() => scripted.CreateContextAsync(cancellationToken))
            .Should().ThrowAsync<KernelLaunchException>()).Which;

        failure.Reason.Should().Be(LaunchFailureReason.ProvisionerNotSupported);
        failure.Message.Should().Contain($"'{name}'").And.Contain("there are: far-away");
        scripted.Gateway.Contexts.List().Should().BeEmpty();
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("local-provisioner")]
    [CancelAfter(TestTimeout)]
    public async Task Local_processes_are_the_default_and_can_be_asked_for_by_name(string? name)
    {
        await using var bench = new LaunchBench();
        var named = new Dictionary<string, IKernelProvisioner>();
        await using var provisioners = new KernelProvisioners(null, named, () => bench.Provisioner);

        await provisioners.CheckAsync(Launch(name), TestContext.CurrentContext.CancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_local_provisioner_serves_the_name_that_it_was_added_with(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var other = new LaunchBench();
        var named = new Dictionary<string, IKernelProvisioner> { ["many-files"] = other.Provisioner };
        await using var provisioners = new KernelProvisioners(null, named, () => bench.Provisioner);

        await provisioners.CheckAsync(Launch("many-files"), cancellationToken);

        other.RunEntries.Should().NotBeEmpty("the provisioner has created its run directory");
        bench.RunEntries.Should().BeEmpty();
    }

    [Test, Platform("Linux")]
    [CancelAfter(TestTimeout)]
    public async Task The_clock_measures_how_long_a_local_process_has_to_register(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("kernels/silent/kernel.json", """
            {"argv": ["/bin/sh", "-c", "exec sleep 1000", "kernel", "{connection_file}"], "display_name": "Silent", "language": "silent",
             "kernel_protocol_version": "5.6"}
            """);
        var time = new ManualTimeProvider();
        var limit = TimeSpan.FromMinutes(3);
        var builder = new GatewayBuilder { TimeProvider = time };
        builder.Options.KernelSpecs.ExtraDirectories.Add(directory.Combine("kernels"));
        builder.Options.Launching.RunDirectoryRoot = directory.Combine("run");
        builder.Options.Launching.RegistrationTimeout = limit;
        builder.Options.Kernels.StartTimeout = TimeSpan.FromHours(1);
        await using var gateway = await builder.StartAsync(cancellationToken);
        var creation = gateway.Contexts.CreateAsync(new() { KernelSpecName = "silent" }, cancellationToken);

        await time.WaitForTimerAsync(limit, cancellationToken);
        time.Advance(limit);

        (await FluentActions.Awaiting(() => creation).Should().ThrowAsync<KernelLaunchException>()).WithMessage("*within 180 s*");
    }

    [Test]
    public void A_second_provisioner_for_the_same_kernelspecs_is_refused()
    {
        var provisioner = new RecordingProvisioner();
        var builder = new GatewayBuilder().AddProvisioner(provisioner).AddProvisioner("a", provisioner);

        builder.Invoking(one => one.AddProvisioner(provisioner)).Should().Throw<InvalidOperationException>().WithMessage("*names*");
        builder.Invoking(one => one.AddProvisioner("a", provisioner)).Should().Throw<InvalidOperationException>().WithMessage("*'a'*");
    }

    private static async Task<ScriptedGateway> StartAsync(string name, RecordingProvisioner provisioner, string metadata)
    {
        var scripted = await ScriptedGateway.StartAsync(gateway =>
        {
            gateway.NamedProvisioners[name] = provisioner;
            gateway.SpecMetadata = $$"""{"kernel_provisioner": {{metadata}}}""";
        });
        provisioner.Inner = scripted;
        return scripted;
    }

    private static KernelLaunch Launch(string? name) => LaunchBench.Launch(LaunchBench.Shell("exit 0") with
    {
        Metadata = name is null ? [] : new JObject { ["kernel_provisioner"] = new JObject { ["provisioner_name"] = name } },
    });

    private sealed class RecordingProvisioner : IKernelProvisioner
    {
        public IKernelProvisioner? Inner { get; set; }

        public List<string> Calls { get; } = [];

        public Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken)
        {
            Calls.Add($"launch {launch.Spec.ProvisionerConfig["zone"]}");
            return Inner!.LaunchAsync(launch, cancellationToken);
        }

        public Task CheckAsync(KernelLaunch launch, CancellationToken cancellationToken)
        {
            Calls.Add($"check {launch.Spec.ProvisionerConfig["zone"]}");
            return Task.CompletedTask;
        }
    }
}
