using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Client.Tests.Support;
using KernelGateway.Sandboxes;
using KernelGateway.Testing.Time;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Connect;

/// <summary>What callers get for errors, broken streams and silence, from a server that does as it is told.</summary>
public sealed class ConnectErrorTests
{
    [TestCase("invalid_argument", typeof(SandboxArgumentException), SandboxError.InvalidArgument)]
    [TestCase("not_found", typeof(SandboxFileNotFoundException), SandboxError.NotFound)]
    [TestCase("unauthenticated", typeof(SandboxAuthenticationException), SandboxError.PermissionDenied)]
    [TestCase("resource_exhausted", typeof(SandboxRateLimitException), SandboxError.Unavailable)]
    [TestCase("deadline_exceeded", typeof(SandboxTimeoutException), SandboxError.TimedOut)]
    [TestCase("permission_denied", typeof(SandboxRequestException), SandboxError.PermissionDenied)]
    [TestCase("unavailable", typeof(SandboxRequestException), SandboxError.Unavailable)]
    [TestCase("internal", typeof(SandboxRequestException), SandboxError.Other)]
    public async Task Error_of_a_call_has_the_type_of_its_code(string code, Type type, SandboxError error)
    {
        await using var server = await StartAsync(context => ConnectAnswer.JsonAsync(context, 418, $$"""{"code":"{{code}}","message":"why"}"""));

        var failure = await FailureOf(() => SandboxOf(server).Files.GetInfoAsync("a"));

        failure.Should().BeOfType(type);
        failure.Error.Should().Be(error);
        failure.Message.Should().Contain("why");
        failure.Should().BeAssignableTo<SandboxRequestException>().Which.Code.Should().Be(code);
    }

    [Test]
    public async Task Error_in_a_stream_has_the_type_of_its_code()
    {
        await using var server = await StartAsync(async context =>
        {
            await ConnectAnswer.BeginAsync(context);
            await ConnectAnswer.EndAsync(context, """{"error":{"code":"invalid_argument","message":"cwd '/x' does not exist"}}""");
        });

        var failure = await FailureOf(() => SandboxOf(server).Commands.StartAsync("true"));

        failure.Should().BeOfType<SandboxArgumentException>().Which.Message.Should().Be("cwd '/x' does not exist");
    }

    [Test]
    public async Task Router_that_knows_no_sandbox_means_that_it_is_not_found()
    {
        const string Body = """{"sandboxId":"i0","message":"The sandbox was not found","code":502}""";
        await using var server = await StartAsync(context => ConnectAnswer.JsonAsync(context, 502, Body));
        var sandbox = SandboxOf(server);

        (await FailureOf(() => sandbox.Files.GetInfoAsync("a"))).Should().BeOfType<SandboxNotFoundException>();
        (await FailureOf(() => sandbox.Files.ReadAsync("a"))).Should().BeOfType<SandboxNotFoundException>();
        (await FailureOf(() => sandbox.Commands.RunAsync("true"))).Should().BeOfType<SandboxNotFoundException>();
        (await sandbox.IsRunningAsync()).Should().BeFalse();
    }

    [Test]
    public async Task Closed_port_is_not_taken_for_a_missing_sandbox()
    {
        const string Body = """{"message":"The sandbox is running but port is not open","port":49983,"code":502}""";
        await using var server = await StartAsync(context => ConnectAnswer.JsonAsync(context, 502, Body));

        var failure = await FailureOf(() => SandboxOf(server).Files.ReadAsync("a"));

        failure.Should().BeOfType<SandboxRequestException>();
        failure.IsTransient.Should().BeTrue();
    }

    [Test]
    public async Task Stream_that_is_not_one_of_messages_is_refused()
    {
        await using var server = await StartAsync(context => ConnectAnswer.JsonAsync(context, 200, "{}"));

        var failure = await FailureOf(() => SandboxOf(server).Commands.StartAsync("true"));

        failure.Message.Should().Contain("not a stream of JSON messages but 'application/json'");
    }

    [TestCase(new byte[] { 1, 0, 0, 0, 0 }, "compressed")]
    [TestCase(new byte[] { 8, 0, 0, 0, 0 }, "flags 0x08")]
    [TestCase(new byte[] { 0, 255, 255, 255, 255 }, "4294967295 bytes")]
    [TestCase(new byte[] { 0, 0, 0, 0, 2, (byte)'[', (byte)']' }, "not JSON")]
    public async Task Envelope_that_cannot_be_read_is_an_error(byte[] envelope, string reason)
    {
        await using var server = await StartAsync(async context =>
        {
            await ConnectAnswer.BeginAsync(context);
            await ConnectAnswer.WriteRawAsync(context, envelope);
        });

        var failure = await FailureOf(() => SandboxOf(server).Commands.StartAsync("true"));

        failure.Message.Should().Contain(reason);
    }

    [TestCase(204, typeof(SandboxRequestException), "The connection to the sandbox was lost")]
    [TestCase(502, typeof(SandboxTimeoutException), "The sandbox was killed or reached its end of life")]
    public async Task Connection_that_breaks_off_is_explained_by_the_health_of_the_sandbox(int health, Type type, string reason)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(async context =>
        {
            if (context.Request.Path == "/health")
            {
                context.Response.StatusCode = health;
                return;
            }

            await ConnectAnswer.BeginAsync(context);
            await ConnectAnswer.WriteAsync(context, """{"event":{"start":{"pid":7}}}""");
            await started.Task;
            context.Abort();
        });
        await using var command = await SandboxOf(server).Commands.StartAsync("sleep 100");
        started.SetResult();

        var failure = await FailureOf(() => command.WaitAsync());

        failure.Should().BeOfType(type);
        failure.Message.Should().StartWith(reason);
    }

    [Test]
    public async Task Stream_that_ends_without_a_result_is_an_error()
    {
        await using var server = await StartAsync(async context =>
        {
            await ConnectAnswer.BeginAsync(context);
            await ConnectAnswer.WriteAsync(context, """{"event":{"start":{"pid":7}}}""");
            await ConnectAnswer.EndAsync(context);
        });
        await using var command = await SandboxOf(server).Commands.StartAsync("true");

        (await FailureOf(() => command.WaitAsync())).Message.Should().Be("The stream of process 7 has ended without its result.");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Silence_of_three_keepalives_is_a_lost_connection(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        string? asked = null;
        await using var server = await StartAsync(async context =>
        {
            if (context.Request.Path == "/health") return;
            asked = context.Request.Headers["Keepalive-Ping-Interval"];
            await ConnectAnswer.BeginAsync(context);
            await ConnectAnswer.WriteAsync(context, """{"event":{"start":{"pid":7}}}""");
            await ConnectAnswer.WriteAsync(context, """{"event":{"keepalive":{}}}""");
            await NeverAsync(context);
        });
        await using var command = await SandboxOf(server, time).Commands.StartAsync(
            "sleep 1000", new() { Timeout = Timeout.InfiniteTimeSpan }, cancellationToken);
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(150), cancellationToken);

        var waiting = FailureOf(() => command.WaitAsync(cancellationToken));
        while (!waiting.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(150));
            await Task.Yield();
        }

        asked.Should().Be("50");
        (await waiting).Message.Should().Contain("Nothing came from the server for 150 seconds, not even a keepalive.");
    }

    [Test]
    public async Task Time_limit_of_a_command_is_sent_to_the_server()
    {
        var sent = new List<string?>();
        await using var server = await StartAsync(async context =>
        {
            lock (sent) sent.Add(context.Request.Headers["Connect-Timeout-Ms"]);
            await ConnectAnswer.BeginAsync(context);
            await ConnectAnswer.EndAsync(context, """{"error":{"code":"deadline_exceeded","message":"context deadline exceeded"}}""");
        });
        var commands = SandboxOf(server).Commands;

        var failure = await FailureOf(() => commands.RunAsync("sleep 100", new() { Timeout = TimeSpan.FromSeconds(1.5) }));
        await FailureOf(() => commands.RunAsync("sleep 100"));
        await FailureOf(() => commands.RunAsync("sleep 100", new() { Timeout = TimeSpan.Zero }));

        sent.Should().Equal("1500", "60000", null);
        failure.Should().BeOfType<SandboxTimeoutException>()
            .Which.Message.Should().StartWith("context deadline exceeded: the command or watch has reached its Timeout");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Request_without_an_answer_ends_at_the_request_timeout(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        await using var server = await StartAsync(NeverAsync);

        var waiting = FailureOf(() => SandboxOf(server, time).Files.GetInfoAsync("a", null, cancellationToken));
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(60), cancellationToken);
        time.Advance(TimeSpan.FromSeconds(60));

        (await waiting).Should().BeOfType<SandboxTimeoutException>()
            .Which.Message.Should().Be("filesystem.Filesystem/Stat was not answered within 60 seconds, the RequestTimeout.");
    }

    [Test]
    public async Task Cancellation_by_the_caller_is_a_cancellation()
    {
        await using var server = await StartAsync(NeverAsync);
        using var cancelled = new CancellationTokenSource();
        var reading = SandboxOf(server).Files.ReadAsync("a", null, cancelled.Token);

        await cancelled.CancelAsync();

        await reading.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
    }

    [Test]
    public async Task Server_that_is_not_there_is_unavailable()
    {
        var sandbox = ServedSandbox.Create(new Uri("http://127.0.0.1:9"));

        var failure = await FailureOf(() => sandbox.Files.ListAsync("/"));

        failure.Error.Should().Be(SandboxError.Unavailable);
        failure.Message.Should().StartWith("filesystem.Filesystem/ListDir failed: ");
    }

    private static Task<WebServer> StartAsync(RequestDelegate handle) => WebServer.StartAsync(handle, "http://127.0.0.1:0");

    private static Task NeverAsync(HttpContext context) =>
        Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);

    private static Sandbox SandboxOf(WebServer server, TimeProvider? time = null) =>
        ServedSandbox.Create(new Uri($"http://127.0.0.1:{server.Port}"), time: time);

    private static async Task<SandboxException> FailureOf(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (SandboxException exception)
        {
            return exception;
        }

        throw new AssertionException("The call has not failed.");
    }
}
