using FluentAssertions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Control;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Messages.Stdin;
using KernelGateway.Testing.Scripting;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests.Scripting;

/// <summary>How a scripted kernel runs code.</summary>
[CancelAfter(30_000)]
public class ScriptedExecutionTests
{
    [TestCase(KernelTransport.InProc)]
    [TestCase(KernelTransport.Tcp)]
    [TestCase(KernelTransport.Ipc)]
    public async Task Good_kernel_runs_code_on_every_transport(KernelTransport transport, CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(new() { Transport = transport }, cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        var request = await client.ExecuteAsync("print hello\nwarn oh\nreturn 42");

        (await client.WaitUntilDoneAsync(request, cancellationToken))
            .Should().Equal("busy", "execute_input", "stream", "stream", "execute_result", "idle", "execute_reply");
        client.Text(request).Should().Be("hello\noh\n");
        var result = await client.WaitForAsync<ExecuteResult>(request, cancellationToken);
        result.Data.Text.Should().Be("42");
        result.ExecutionCount.Should().Be(1);
        (await client.BeatAsync([1, 2, 3], cancellationToken)).Should().Equal(1, 2, 3);
        kernel.Failures.Items.Should().BeEmpty();
    }

    [Test]
    public async Task Displays_are_shown_updated_and_cleared(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        var request = await client.ExecuteAsync("display d1 first\ndisplay - plain\nupdate d1 second\nclear wait\nflood 3");

        (await client.WaitUntilDoneAsync(request, cancellationToken)).Should().Equal(
            "busy", "execute_input", "display_data", "display_data", "update_display_data", "clear_output", "stream", "stream",
            "stream", "idle", "execute_reply");
        client.Text(request).Should().Be("1\n2\n3\n");
        var update = await client.WaitForAsync<UpdateDisplayData>(request, cancellationToken);
        update.DisplayId.Should().Be("d1");
        update.Data.Text.Should().Be("second");
    }

    [Test]
    public async Task Failure_aborts_the_requests_that_wait_after_it(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        var failing = await client.ExecuteAsync("wait gate\nraise ValueError no good\nprint never");
        var queued = await client.ExecuteAsync("print never");
        await kernel.Received.WaitForAsync(received => received.Message?.MessageId == queued.MessageId, cancellationToken);
        kernel.Release("gate");

        (await client.WaitUntilDoneAsync(failing, cancellationToken))
            .Should().Equal("busy", "execute_input", "error", "idle", "execute_reply");
        (await client.WaitUntilDoneAsync(queued, cancellationToken)).Should().Equal("busy", "idle", "execute_reply");
        var reply = await client.WaitForAsync<ExecuteReply>(failing, cancellationToken);
        reply.Error!.Name.Should().Be("ValueError");
        reply.Error.Value.Should().Be("no good");
        (await client.WaitForAsync<ExecuteReply>(queued, cancellationToken)).IsAborted
            .Should().BeTrue();
    }

    [Test]
    public async Task Interrupt_ends_waiting_code_with_keyboard_interrupt(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);
        var request = await client.ExecuteAsync("wait for-ever");
        await kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        var interrupt = await client.SendAsync(KernelChannel.Control, new InterruptRequest());

        await client.WaitUntilDoneAsync(interrupt, cancellationToken);
        await client.WaitUntilDoneAsync(request, cancellationToken);
        (await client.WaitForAsync<ExecuteReply>(request, cancellationToken))
            .Error!.Name.Should().Be("KeyboardInterrupt");
    }

    [Test]
    public async Task Code_asks_for_input_and_gets_the_answer(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        var request = await client.ExecuteAsync("input name?\npassword secret?");
        var question = await client.WaitForAsync(MessageTypes.InputRequest, request, cancellationToken);
        question.ReadContent<InputRequest>().Should().Be(new InputRequest { Prompt = "name?" });
        await client.SendAsync(KernelChannel.Stdin, new InputReply { Value = "Ada" }, question);
        var (_, second, _, _) = await client.Received.WaitForAsync(
            received => received.Message?.MessageType == MessageTypes.InputRequest, 2, cancellationToken);
        second!.ReadContent<InputRequest>().IsPassword.Should().BeTrue();
        await client.SendAsync(KernelChannel.Stdin, new InputReply { Value = "x" }, second);

        await client.WaitUntilDoneAsync(request, cancellationToken);
        client.Text(request).Should().Be("Ada\nx\n");
    }

    [Test]
    public async Task Input_fails_when_it_is_not_allowed(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        var request = await client.SendAsync(KernelChannel.Shell, new ExecuteRequest { Code = "input ?", AllowStdin = false });

        await client.WaitUntilDoneAsync(request, cancellationToken);
        (await client.WaitForAsync<ExecuteReply>(request, cancellationToken))
            .Error!.Name.Should().Be("StdinNotImplementedError");
    }

    [Test]
    public async Task Silent_code_has_no_input_no_result_and_no_count(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        var request = await client.SendAsync(KernelChannel.Shell, new ExecuteRequest { Code = "print out\nreturn 1", IsSilent = true });

        (await client.WaitUntilDoneAsync(request, cancellationToken)).Should().Equal("busy", "stream", "idle", "execute_reply");
        kernel.Language.ExecutionCount.Should().Be(0);
    }

    [Test]
    public async Task Flood_reaches_a_reader_whole_and_in_order(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        var request = await client.ExecuteAsync("flood 20000");
        await client.WaitUntilDoneAsync(request, cancellationToken);

        client.Text(request).Should().Be(string.Concat(Enumerable.Range(1, 20_000).Select(i => $"{i}\n")));
    }
}
