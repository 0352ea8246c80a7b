using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Sandboxes;

[CancelAfter(30_000)]
public sealed class NetworkChangeTests
{
    [Test]
    public async Task Lists_are_replaced_and_other_settings_stay(CancellationToken token)
    {
        await using var bench = await PlaneBench.StartAsync();
        var request = PlaneBench.Request() with
        {
            Network = new NetworkRecord { AllowOut = ["192.0.2.1"], DenyOut = ["198.51.100.0/24"], MaskRequestHost = "example.test" },
        };
        var sandbox = await bench.CreateAsync(token, request);

        await bench.Manager.SetNetworkAsync(bench.Team, sandbox.Id, new NetworkRecord { DenyOut = ["203.0.113.0/24"] });

        var policy = bench.Engine.Sandboxes[sandbox.Id].Network;
        policy.Allow.Should().BeEmpty();
        policy.Deny.Should().Equal("203.0.113.0/24");
        sandbox.Record.Network.AllowOut.Should().BeNull("what is left out is cleared");
        sandbox.Record.Network.DenyOut.Should().Equal("203.0.113.0/24");
        sandbox.Record.Network.MaskRequestHost.Should().Be("example.test");
        await bench.RestartAsync();
        bench.Manager.Get(bench.Team, sandbox.Id).Record.Network.DenyOut.Should().Equal("203.0.113.0/24");
    }

    [Test]
    public async Task Paused_sandbox_is_refused_and_stays_as_it_is(CancellationToken token)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(token);
        await bench.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: true);

        (await FluentActions.Awaiting(() => bench.Manager.SetNetworkAsync(bench.Team, sandbox.Id, new NetworkRecord { DenyOut = ["0.0.0.0/0"] }))
            .Should().ThrowAsync<SandboxException>()).Which.Failure.Should().Be(SandboxFailure.Conflict);

        bench.Engine.Calls.Should().NotContain(call => call.StartsWith("network", StringComparison.Ordinal));
        sandbox.Record.Network.DenyOut.Should().BeNull();
    }

    [Test]
    public async Task Refusal_of_the_machine_is_reported_with_its_reason_and_nothing_is_stored(CancellationToken token)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(token);
        bench.Engine.On("network", _ => throw new SandboxEngineException(SandboxEngineError.NotSupported, "no network here"));

        var failure = (await FluentActions.Awaiting(() => bench.Manager.SetNetworkAsync(bench.Team, sandbox.Id, new NetworkRecord { DenyOut = ["192.0.2.1"] }))
            .Should().ThrowAsync<SandboxException>()).Which;

        failure.Failure.Should().Be(SandboxFailure.Invalid);
        failure.Message.Should().EndWith("no network here");
        sandbox.Record.Network.DenyOut.Should().BeNull();
    }
}
