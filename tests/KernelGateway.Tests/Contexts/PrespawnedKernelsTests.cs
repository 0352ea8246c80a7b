using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Kernels;
using KernelGateway.Launching;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class PrespawnedKernelsTests(TestedTransport tested)
{
    private const int TestTimeout = 30_000;
    private const int Ready = 4031;
    private const int Failed = 4032;
    private const int GivenUp = 4033;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_context_takes_a_ready_kernel_and_another_is_started(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync(2);
        await scripted.Log.WaitForAsync(Ready, 2, cancellationToken);
        scripted.Gateway.Contexts.List().Should().BeEmpty("no context was requested");
        scripted.Gateway.Contexts.HasServed.Should().BeTrue("a kernel has answered");

        var context = await scripted.CreateContextAsync(cancellationToken);

        context.Kernel.ProcessId.Should().BeOneOf(1001, 1002);
        context.Language.Should().Be("echo");
        scripted.Gateway.Contexts.List().Should().Equal(context);
        (await context.RunAsync("return 1", cancellationToken: cancellationToken)).Text.Should().Be("1");
        await scripted.Processes.WaitForAsync(_ => true, 3, cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task The_default_context_takes_one(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync(1);
        await scripted.Log.WaitForAsync(Ready, cancellationToken);

        var context = await scripted.Gateway.Contexts.GetOrCreateDefaultAsync(cancellationToken: cancellationToken);

        context.Kernel.ProcessId.Should().Be(1001);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_context_with_own_settings_gets_a_new_kernel(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync(1);
        await scripted.Log.WaitForAsync(Ready, cancellationToken);
        var id = Guid.NewGuid().ToString();

        var elsewhere = await scripted.Gateway.Contexts.CreateAsync(new() { WorkingDirectory = "/" }, cancellationToken);
        var named = await scripted.Gateway.Contexts.CreateAsync(new() { Id = id }, cancellationToken);
        var variables = await scripted.Gateway.Contexts.CreateAsync(
            new() { EnvironmentVariables = new Dictionary<string, string> { ["A"] = "1" } }, cancellationToken);

        var plain = await scripted.Gateway.Contexts.CreateAsync(new() { AllowsRichData = false }, cancellationToken);

        new[] { elsewhere, named, variables, plain }.Select(context => context.Kernel.ProcessId).Should().Equal(1002, 1003, 1004, 1005);
        named.Id.Should().Be(id);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_kernel_that_was_taken_is_restarted_and_recorded_as_that_of_its_context(CancellationToken cancellationToken)
    {
        var launches = new List<KernelLaunch>();
        await using var scripted = await StartAsync(1, gateway => gateway.Launching = launches.Add);
        await scripted.Log.WaitForAsync(Ready, cancellationToken);
        var context = await scripted.CreateContextAsync(cancellationToken);
        await scripted.Log.WaitForAsync(Ready, 2, cancellationToken);

        await context.RestartAsync(cancellationToken);

        launches.Select(launch => (string?)launch.ContextFields!["language"]).Should().Equal(null, null, "echo");
        launches[2].KernelId.Should().Be(context.Id);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Contexts_have_precedence_over_prespawned_kernels(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync(2, gateway => gateway.Options.Contexts.MaxContexts = 2);
        await scripted.Log.WaitForAsync(Ready, 2, cancellationToken);
        var ownKernel = new CreateContextOptions { WorkingDirectory = "/" };

        await scripted.Gateway.Contexts.CreateAsync(ownKernel, cancellationToken);
        var second = await scripted.Gateway.Contexts.CreateAsync(ownKernel, cancellationToken);

        await Task.WhenAll(scripted.Processes.Items.Take(2).Select(process => process.Exited));
        await FluentActions.Awaiting(() => scripted.Gateway.Contexts.CreateAsync(ownKernel, cancellationToken))
            .Should().ThrowAsync<ContextLimitException>();
        await scripted.Gateway.Contexts.RemoveAsync(second.Id);
        await scripted.Log.WaitForAsync(Ready, 3, cancellationToken);
    }

    [Test]
    public async Task More_than_there_may_be_contexts_is_an_error_at_the_start()
    {
        await FluentActions.Awaiting(() => StartAsync(3, gateway => gateway.Options.Contexts.MaxContexts = 2))
            .Should().ThrowAsync<OptionsValidationException>().WithMessage("Prespawn:*");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_kernel_that_dies_while_it_waits_is_replaced(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync(1, gateway => gateway.Options.Kernels.MaxRestarts = 0);
        await scripted.Log.WaitForAsync(Ready, cancellationToken);

        await scripted.Process.ExitAsync(new KernelExit(null, 9));
        await scripted.Time.WaitForTimerAsync(TimeSpan.FromSeconds(1), cancellationToken);
        scripted.Time.Advance(TimeSpan.FromSeconds(1));
        await scripted.Log.WaitForAsync(Ready, 2, cancellationToken);

        var context = await scripted.CreateContextAsync(cancellationToken);
        context.Kernel.ProcessId.Should().Be(1002);
        context.Kernel.State.Should().Be(KernelState.Ready);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_kernel_that_cannot_start_is_tried_a_few_times_with_growing_pauses(CancellationToken cancellationToken)
    {
        var attempts = 0;
        var isBroken = true;
        await using var scripted = await StartAsync(1, gateway => gateway.Launching = _ =>
        {
            if (!isBroken) return;
            attempts++;
            throw new KernelLaunchException(LaunchFailureReason.SystemRefused, "echo", "It cannot be started.");
        });

        for (var pause = TimeSpan.FromSeconds(1); pause <= TimeSpan.FromSeconds(8); pause *= 2)
        {
            await scripted.Time.WaitForTimerAsync(pause, cancellationToken);
            scripted.Time.Advance(pause);
        }

        await scripted.Log.WaitForAsync(GivenUp, cancellationToken);
        scripted.Time.Advance(TimeSpan.FromDays(1));
        attempts.Should().Be(5);
        scripted.Log.Entries.Count(entry => entry.EventId.Id == Failed).Should().Be(4);

        isBroken = false;
        await scripted.CreateContextAsync(cancellationToken);
        await scripted.Log.WaitForAsync(Ready, cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernels_that_no_context_took_end_with_the_gateway(CancellationToken cancellationToken)
    {
        var scripted = await StartAsync(2);
        await scripted.Log.WaitForAsync(Ready, 2, cancellationToken);

        await scripted.DisposeAsync();

        scripted.Processes.Items.Should().HaveCount(2).And.OnlyContain(process => process.Exited.IsCompleted);
    }

    private Task<ScriptedGateway> StartAsync(int count, Action<ScriptedGateway>? configure = null) =>
        tested.StartGatewayAsync(gateway =>
        {
            gateway.Options.Prespawn = count;
            configure?.Invoke(gateway);
        });
}
