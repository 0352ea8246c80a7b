using System.Diagnostics;
using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Protocol.Messages;
using KernelGateway.Tests.Kernels;
using NUnit.Framework;

namespace KernelGateway.Tests.Telemetry;

public sealed class GatewaySpansTests
{
    private const int TestTimeout = 30_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_span_lives_from_submission_to_end_though_its_parent_ends_earlier(CancellationToken cancellationToken)
    {
        const string Caller = "caller of a long execution";
        using var source = new ActivitySource(Caller);
        using var spans = new RecordedSpans(Caller);
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var request = source.StartActivity("request")!;

        var execution = context.Submit("wait gate");

        Activity.Current.Should().BeSameAs(request, "the span of an execution never becomes Activity.Current");
        request.Stop();
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        spans.HasEnded("execute", context.Id).Should().BeFalse();
        scripted.Kernel.Release("gate");
        await execution.Completion.WaitAsync(cancellationToken);

        var span = await spans.WaitForAsync("execute", context.Id, cancellationToken);
        span.ParentSpanId.Should().Be(request.SpanId);
        span.TraceId.Should().Be(request.TraceId);
        span.DisplayName.Should().Be("execute echo");
        span.Status.Should().Be(ActivityStatusCode.Unset);
        Tags(span).Should().BeEquivalentTo(new Dictionary<string, string?>
        {
            ["kernelgateway.context.id"] = context.Id,
            ["kernelgateway.execution.id"] = execution.Id,
            ["kernelgateway.kernel.name"] = "echo",
            ["kernelgateway.language"] = "echo",
            ["kernelgateway.execution.end_reason"] = "completed",
        });
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_request_without_a_listener_has_its_callers_span_as_parent(CancellationToken cancellationToken)
    {
        using var spans = new RecordedSpans();
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);

        // ASP.NET Core creates such an activity for a request with a traceparent header.
        using (var request = new Activity("request").SetParentId("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").Start())
        {
            await context.RunAsync("return 1", cancellationToken: cancellationToken);
        }

        using (var request = new Activity("request").Start())
        {
            await context.RunAsync("return 2", cancellationToken: cancellationToken);
        }

        var called = await spans.WaitForAsync("execute", context.Id, cancellationToken);
        called.TraceId.ToString().Should().Be("0af7651916cd43dd8448eb211c80319c");
        called.ParentSpanId.ToString().Should().Be("b7ad6b7169203331");
        called.HasRemoteParent.Should().BeTrue();
        (await spans.WaitForAsync("execute", context.Id, cancellationToken, number: 2)).ParentId.Should().BeNull("the request has no recorded span");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_that_raises_fails_its_span_with_the_name_of_the_error(CancellationToken cancellationToken)
    {
        using var spans = new RecordedSpans();
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);

        await context.RunAsync("raise ValueError no such thing", cancellationToken: cancellationToken);
        var execution = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, 2, cancellationToken);
        await execution.InterruptAsync(cancellationToken);

        var raised = await spans.WaitForAsync("execute", context.Id, cancellationToken);
        raised.Status.Should().Be(ActivityStatusCode.Error);
        raised.StatusDescription.Should().Be("ValueError", "the message of the exception may be confidential");
        raised.GetTagItem("error.type").Should().Be("ValueError");
        raised.GetTagItem("kernelgateway.execution.end_reason").Should().Be("error");
        var interrupted = await spans.WaitForAsync("execute", context.Id, cancellationToken, number: 2);
        interrupted.GetTagItem("kernelgateway.execution.end_reason").Should().Be("interrupted");
        interrupted.GetTagItem("kernelgateway.execution.stopped_by").Should().Be("request");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_span_is_linked_to_the_launch_of_the_process_that_ran_the_code(CancellationToken cancellationToken)
    {
        using var spans = new RecordedSpans();
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        await context.RunAsync("return 1", cancellationToken: cancellationToken);
        await context.RestartAsync(cancellationToken);
        await context.RunAsync("return 2", cancellationToken: cancellationToken);

        for (var number = 1; number <= 2; number++)
        {
            var launch = await spans.WaitForAsync("launch", context.Id, cancellationToken, number);
            var span = await spans.WaitForAsync("execute", context.Id, cancellationToken, number);

            launch.GetTagItem("process.pid").Should().Be(scripted.Processes.Items[number - 1].ProcessId);
            span.Links.Should().ContainSingle().Which.Context.SpanId.Should().Be(launch.SpanId);
            span.Links.Single().Tags.Should().ContainSingle().Which.Value.Should().Be(scripted.Processes.Items[number - 1].ProcessId);
            span.Events.Should().ContainSingle(one => one.Name == "kernelgateway.execution.sent");
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_launch_that_fails_and_code_that_is_refused_fail_their_spans(CancellationToken cancellationToken)
    {
        using var spans = new RecordedSpans();
        await using var scripted = await ScriptedGateway.StartAsync(one => one.Options.Contexts.MaxQueuedExecutions = 1);
        var context = await scripted.CreateContextAsync(cancellationToken);
        context.Submit("wait gate");
        context.Submit("return 1");
        scripted.Launching = launch => throw new KernelLaunchException(LaunchFailureReason.AddressInUse, launch.Spec.Name, "No address is free.");
        var id = Guid.NewGuid().ToString("D");

        FluentActions.Invoking(() => context.Submit("return 2")).Should().Throw<QueueFullException>();
        await FluentActions.Awaiting(() => scripted.Gateway.Contexts.CreateAsync(new CreateContextOptions { Id = id }, cancellationToken))
            .Should().ThrowAsync<KernelLaunchException>();

        (await spans.WaitForAsync("execute", context.Id, cancellationToken)).GetTagItem("error.type").Should().Be("QueueFullException");
        var launch = await spans.WaitForAsync("launch", id, cancellationToken);
        launch.Status.Should().Be(ActivityStatusCode.Error);
        launch.GetTagItem("error.type").Should().Be("AddressInUse");
    }

    private static Dictionary<string, string?> Tags(Activity span) => span.TagObjects.ToDictionary(tag => tag.Key, tag => tag.Value?.ToString());
}
