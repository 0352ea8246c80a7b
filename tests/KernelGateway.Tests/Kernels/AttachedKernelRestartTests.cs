using System.Globalization;
using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Control;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Testing.Logging;
using KernelGateway.Testing.Scripting;
using KernelGateway.Testing.Time;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Kernels;

/// <summary>A restart as by jupyter_client's <c>restart_kernel</c>: a new process on the same ports, with an unchanged connection file.</summary>
[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.BetweenProcesses))]
public sealed class AttachedKernelRestartTests(TestedTransport tested)
{
    private const int TestTimeout = 60_000;
    private const int Doubted = 3125;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("attached-");
    private readonly LogCollector _log = new();
    private readonly KernelGatewayOptions _options = new();

    private KernelConnectionInfo _addresses = null!;

    [SetUp]
    public void BePatient()
    {
        _options.Kernels.ConnectionLossGrace = TimeSpan.FromMinutes(5);
        _addresses = new KernelConnectionInfo
        {
            Transport = tested.Addresses,

            // A loopback address of its own: no other program takes its ports while one kernel follows another.
            Ip = tested.Addresses == KernelTransport.Ipc
                ? Path.Combine(_directory.FullName, "k")
                : string.Create(CultureInfo.InvariantCulture, $"127.{Random.Shared.Next(64, 128)}.{Random.Shared.Next(256)}.{Random.Shared.Next(1, 255)}"),
            ShellPort = 9001,
            IOPubPort = 9002,
            StdinPort = 9003,
            ControlPort = 9004,
            HeartbeatPort = 9005,
            Key = "a key of its own",
            KernelName = "scripted",
        };
    }

    [TearDown]
    public void RemoveDirectory() => _directory.Delete(recursive: true);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_that_ran_in_the_former_process_ends_as_restarted(CancellationToken cancellationToken)
    {
        await using var kernel = await StartKernelAsync(cancellationToken);
        await using var gateway = await StartGatewayAsync(cancellationToken);
        var context = await AttachAsync(gateway, kernel, cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.ObserveDirectly(seen);
        var running = context.Submit("wait for ever");
        await kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        await kernel.StopAsync();
        await using var successor = await StartKernelAsync(cancellationToken);

        (await running.Ended.WaitAsync(cancellationToken)).Reason.Should().Be(ExecutionEndReason.Restarted);
        (await context.RunAsync("return 5", cancellationToken: cancellationToken)).Text.Should().Be("5");
        seen.States.Items.Select(one => one.State).Should().Equal(KernelState.Restarting, KernelState.Ready);
        context.Kernel.LastFailure.Should().BeNull("a restart by the owner is not a failure");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_sent_without_a_process_runs_once_in_the_new_process_with_its_output(CancellationToken cancellationToken)
    {
        await using var kernel = await StartKernelAsync(cancellationToken);
        await using var gateway = await StartGatewayAsync(cancellationToken);
        var context = await AttachAsync(gateway, kernel, cancellationToken);

        await kernel.StopAsync();
        await _log.WaitForAsync(Doubted, cancellationToken);
        var waiting = context.RunAsync("return 5", cancellationToken: cancellationToken);
        await using var successor = await StartKernelAsync(cancellationToken);

        var execution = await waiting;
        execution.Text.Should().Be("5");
        execution.End.IsComplete.Should().BeTrue();
        successor.Received.Items.Should().ContainSingle(one => one.Message!.MessageType == MessageTypes.ExecuteRequest);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_broken_connection_to_the_same_process_is_not_a_restart(CancellationToken cancellationToken)
    {
        await using var kernel = await StartKernelAsync(cancellationToken);
        await using var gateway = await StartGatewayAsync(cancellationToken);
        var context = await AttachAsync(gateway, kernel, cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.ObserveDirectly(seen);

        await BreakAsync(kernel, cancellationToken);
        await ListenAgainAsync(kernel, cancellationToken);

        (await context.RunAsync("return 5", cancellationToken: cancellationToken)).Text.Should().Be("5");
        seen.States.Items.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_execution_whose_end_is_lost_with_the_connection_ends_with_a_message(CancellationToken cancellationToken)
    {
        _options.Kernels.CompletionGrace = TimeSpan.FromMilliseconds(100);
        await using var kernel = await StartKernelAsync(cancellationToken);
        await using var gateway = await StartGatewayAsync(cancellationToken);
        var context = await AttachAsync(gateway, kernel, cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.ObserveDirectly(seen);
        var execution = context.Submit("print begun\nwait gate\nprint lost");
        await seen.Messages.WaitForAsync(one => one.Message.MessageType == MessageTypes.Stream, 1, cancellationToken);

        await kernel.CloseAsync(KernelChannel.Shell);
        await kernel.CloseAsync(KernelChannel.IOPub);
        kernel.Release("gate");
        await _log.WaitForAsync(Doubted, cancellationToken);
        await ListenAgainAsync(kernel, cancellationToken);

        var end = await execution.Ended.WaitAsync(cancellationToken);
        (end.Reason, end.IsComplete).Should().Be((ExecutionEndReason.Unanswered, false));
        end.Message.Should().Contain("not known");
        (await context.RunAsync("return 5", cancellationToken: cancellationToken)).Text.Should().Be("5");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_question_that_is_lost_with_another_connection_is_asked_again(CancellationToken cancellationToken)
    {
        await using var kernel = await StartKernelAsync(cancellationToken);
        await using var gateway = await StartGatewayAsync(cancellationToken);
        var context = await AttachAsync(gateway, kernel, cancellationToken);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        kernel.On(MessageTypes.KernelInfoRequest, _ =>
        {
            asked.TrySetResult();
            return Task.CompletedTask;
        });
        await BreakAsync(kernel, cancellationToken);
        await ListenAgainAsync(kernel, cancellationToken);
        await asked.Task.WaitAsync(cancellationToken);
        await kernel.WaitForSubscriberAsync(2, cancellationToken);

        kernel.On(MessageTypes.KernelInfoRequest, async request =>
        {
            await request.BusyAsync();
            await request.ReplyAsync(new KernelInfoReply { ProtocolVersion = "5.3" });
            await request.IdleAsync();
        });
        await kernel.CutAsync(KernelChannel.Shell, cancellationToken);

        (await context.RunAsync("return 5", cancellationToken: cancellationToken)).Text.Should().Be("5");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Connections_that_are_lost_one_after_the_other_are_suspect_too(CancellationToken cancellationToken)
    {
        await using var kernel = await StartKernelAsync(cancellationToken);
        await using var gateway = await StartGatewayAsync(cancellationToken);
        var context = await AttachAsync(gateway, kernel, cancellationToken);

        await kernel.CutAsync(KernelChannel.IOPub, cancellationToken);
        await kernel.WaitForSubscriberAsync(2, cancellationToken);
        _log.Entries.Should().NotContain(entry => entry.EventId.Id == Doubted);
        await kernel.CutAsync(KernelChannel.Shell, cancellationToken);

        await _log.WaitForAsync(Doubted, cancellationToken);
        (await context.RunAsync("return 5", cancellationToken: cancellationToken)).Text.Should().Be("5");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_kernel_that_computes_behind_a_broken_connection_is_suspect_for_a_limited_time(
        CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        await using var kernel = await StartKernelAsync(cancellationToken);
        await using var gateway = await StartGatewayAsync(cancellationToken, time);
        var context = await AttachAsync(gateway, kernel, cancellationToken);
        _ = context.Submit("wait gate");
        await kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        await BreakAsync(kernel, cancellationToken);
        await ListenAgainAsync(kernel, cancellationToken);

        // The busy kernel cannot answer kernel_info, so it cannot be identified. Without the grace the interrupt would wait for that answer forever.
        var sending = context.Kernel.SendAsync(
            KernelChannel.Control, MessageFactory.StartSession().Create(new InterruptRequest()), cancellationToken);
        await time.WaitForTimerAsync(_options.Kernels.ConnectionLossGrace, 2, cancellationToken);
        sending.IsCompleted.Should().BeFalse();
        time.Advance(_options.Kernels.ConnectionLossGrace);
        await sending;
        await kernel.WaitForRequestAsync(MessageTypes.InterruptRequest, cancellationToken);
    }

    private Task<Gateway> StartGatewayAsync(CancellationToken cancellationToken, TimeProvider? time = null) =>
        new GatewayBuilder(_options) { LoggerFactory = _log, TimeProvider = time }.UseTransport(tested.Transport).StartAsync(cancellationToken);

    // Every kernel has the same addresses.
    private Task<ScriptedKernel> StartKernelAsync(CancellationToken cancellationToken) =>
        ScriptedKernel.StartAsync(new() { ConnectionInfo = _addresses, SendsWelcome = true }, cancellationToken);

    // Stops listening on two channels and waits until the gateway has noticed.
    private async Task BreakAsync(ScriptedKernel kernel, CancellationToken cancellationToken)
    {
        await kernel.CloseAsync(KernelChannel.Shell);
        await kernel.CloseAsync(KernelChannel.IOPub);
        await _log.WaitForAsync(Doubted, cancellationToken);
    }

    private static async Task ListenAgainAsync(ScriptedKernel kernel, CancellationToken cancellationToken)
    {
        await kernel.CutAsync(KernelChannel.Shell, cancellationToken);
        await kernel.CutAsync(KernelChannel.IOPub, cancellationToken);
    }

    private async Task<CodeContext> AttachAsync(Gateway gateway, ScriptedKernel kernel, CancellationToken cancellationToken)
    {
        var file = Path.Combine(_directory.FullName, "kernel.json");
        await kernel.WriteConnectionFileAsync(file, cancellationToken);
        return await gateway.Contexts.AttachAsync(file, cancellationToken: cancellationToken);
    }
}
