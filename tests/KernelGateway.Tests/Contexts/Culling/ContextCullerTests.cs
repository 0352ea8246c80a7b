using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing.Scripting;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts.Culling;

[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class ContextCullerTests(TestedTransport tested)
{
    private const int TestTimeout = 30_000;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_idle_context_is_culled_and_all_clients_get_the_reason(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);

        scripted.Time.Advance(Hour - TimeSpan.FromSeconds(1));
        scripted.Gateway.Contexts.Find(context.Id).Should().NotBeNull();
        scripted.Time.Advance(TimeSpan.FromSeconds(1));

        var (_, reason) = await seen.States.WaitForAsync(one => one.State == KernelState.ShutDown, cancellationToken);
        reason.Should().Be("The context was culled after 3600 s without activity.");
        scripted.Gateway.Contexts.Find(context.Id).Should().BeNull();
        scripted.Gateway.Contexts.RemovalReason(context.Id).Should().Be("was culled after 3600 s without activity");
        FluentActions.Invoking(() => scripted.Gateway.Contexts.Get(context.Id)).Should().Throw<ContextNotFoundException>()
            .WithMessage($"Context {context.Id} not found: it was culled after 3600 s without activity");
        FluentActions.Invoking(() => context.Submit("return 1")).Should().Throw<ContextNotFoundException>().WithMessage("*culled*");
        await scripted.Process.Exited;
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Busy_time_never_counts_as_idle(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var running = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        scripted.Time.Advance(10 * Hour);
        scripted.Gateway.Contexts.Find(context.Id).Should().NotBeNull("its kernel is busy");
        scripted.Kernel.Release("gate");
        await running.WaitAsync(cancellationToken);
        scripted.Time.Advance(Hour - TimeSpan.FromMinutes(6));

        scripted.Gateway.Contexts.Find(context.Id).Should().NotBeNull("its idle time began when the execution ended");
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        scripted.Time.Advance(TimeSpan.FromMinutes(12));
        await seen.States.WaitForAsync(one => one.State == KernelState.ShutDown, cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Silent_code_is_culled_where_that_is_wanted_and_its_reader_sees_why(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync(gateway => gateway.Options.Contexts.Culling.CullsBusy = true);
        var context = await scripted.CreateContextAsync(cancellationToken);
        var running = context.Submit("wait gate");
        var waiting = context.Submit("return 1");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        scripted.Time.Advance(Hour + TimeSpan.FromMinutes(5));

        var ends = new[] { await running.Ended, await waiting.Ended };
        ends.Should().OnlyContain(end => end.Reason == ExecutionEndReason.Removed);
        ends.Should().OnlyContain(end => end.Message!.StartsWith("The context was culled after 3"));
    }

    [TestCase(false)]
    [TestCase(true)]
    [CancelAfter(TestTimeout)]
    public async Task A_connected_client_keeps_a_context_by_default(bool cullsConnected, CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync(gateway => gateway.Options.Contexts.Culling.CullsConnected = cullsConnected);
        var context = await scripted.CreateContextAsync(cancellationToken);
        var connection = context.Kernel.Activity.AddConnection();

        scripted.Time.Advance(2 * Hour);
        (scripted.Gateway.Contexts.Find(context.Id) is null).Should().Be(cullsConnected);
        if (cullsConnected) return;
        connection.Dispose();
        scripted.Time.Advance(TimeSpan.FromMinutes(5));

        scripted.Gateway.Contexts.Find(context.Id).Should().BeNull("no client is connected any more");
    }

    [TestCase("""{"cull_idle_timeout": 7200}""", 2)]
    [TestCase("""{"cull_idle_timeout": 600.0}""", 1)]
    [TestCase("""{"cull_idle_timeout": "soon"}""", 1)]
    [TestCase("""{"cull_idle_timeout": 0}""", int.MaxValue)]
    [CancelAfter(TestTimeout)]
    public async Task A_kernelspec_may_have_a_time_of_its_own(string metadata, int hours, CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync(gateway => gateway.SpecMetadata = metadata);
        var context = await scripted.CreateContextAsync(cancellationToken);

        for (var hour = 1; hour <= 3; hour++)
        {
            scripted.Time.Advance(Hour);
            (scripted.Gateway.Contexts.Find(context.Id) is null).Should().Be(hour >= hours, $"{hour} hours have passed");
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_timeout_shorter_than_the_interval_is_kept(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync(gateway => gateway.Options.Contexts.Culling.IdleTimeout = TimeSpan.FromSeconds(10));
        var context = await scripted.CreateContextAsync(cancellationToken);

        scripted.Time.Advance(TimeSpan.FromSeconds(20));

        scripted.Gateway.Contexts.Find(context.Id).Should().BeNull();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_attached_kernel_is_never_culled(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        await using var foreign = await ScriptedKernel.StartAsync(new ScriptedKernelOptions { Transport = tested.Addresses, SendsWelcome = true }, cancellationToken);
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid()}.json");
        await ConnectionFile.WriteAsync(file, foreign.ConnectionInfo, cancellationToken);
        var context = await scripted.Gateway.Contexts.AttachAsync(file, cancellationToken: cancellationToken);
        File.Delete(file);

        scripted.Time.Advance(10 * Hour);

        scripted.Gateway.Contexts.Find(context.Id).Should().NotBeNull();
    }

    private Task<ScriptedGateway> StartAsync(Action<ScriptedGateway>? configure = null) =>
        tested.StartGatewayAsync(gateway =>
        {
            gateway.Options.Contexts.Culling.IdleTimeout = Hour;
            configure?.Invoke(gateway);
        });
}
