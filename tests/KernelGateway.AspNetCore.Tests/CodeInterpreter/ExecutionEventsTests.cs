using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter;

public class ExecutionEventsTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Detail_puts_the_execution_and_its_place_on_every_event(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var stream = await server.Client.ExecuteAsync("print a\nreturn 1", cancellationToken, new JObject { ["detail"] = true });
        var lines = await stream.ReadAllAsync(cancellationToken);

        lines.Select(line => (long?)line["seq"]).Should().Equal(1, 2, 3, 4);
        lines.Should().OnlyContain(line => (string?)line["execution_id"] == stream.ExecutionId);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Events_are_read_again_from_any_place(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var stream = await server.Client.ExecuteAsync("print a\nprint b\nreturn 1", cancellationToken, new JObject { ["detail"] = true });
        var all = await stream.ReadAllAsync(cancellationToken);

        for (var after = 0; after <= all.Count; after++)
        {
            using var again = await server.Client.ReadEventsAsync($"/executions/{stream.ExecutionId}/events?after={after}", cancellationToken);
            var lines = await again.ReadAllAsync(cancellationToken);

            lines.Select(line => line.ToString()).Should().Equal(all.Skip(after).Select(line => line.ToString()));
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Second_reader_follows_a_running_execution_and_leaves_it_alone_when_it_goes(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var stream = await server.Client.ExecuteAsync("print a\nwait gate\nprint b", cancellationToken);
        await stream.ReadUntilAsync("stdout", cancellationToken);

        var leaving = await server.Client.ReadEventsAsync($"/executions/{stream.ExecutionId}/events", cancellationToken);
        (await leaving.ReadUntilAsync("stdout", cancellationToken))["text"]!.Value<string>().Should().Be("a\n");
        leaving.Dispose();
        await server.Log.WaitForAsync(
            entry => entry.EventId.Id == 5001 && entry.ToString().Contains("/events", StringComparison.Ordinal), cancellationToken);
        using var following = await server.Client.ReadEventsAsync($"/executions/{stream.ExecutionId}/events?after=2", cancellationToken);
        (await server.KernelAsync(cancellationToken)).Release("gate");

        (await following.ReadAsync(cancellationToken))["text"]!.Value<string>().Should().Be("b\n");
        (await following.ReadAsync(cancellationToken))["reason"]!.Value<string>().Should().Be("completed");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Execution_says_where_it_is_in_its_life(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var stream = await server.Client.ExecuteAsync("wait gate", cancellationToken);
        await stream.ReadUntilAsync("number_of_executions", cancellationToken);

        var running = await ShowAsync();
        (await server.KernelAsync(cancellationToken)).Release("gate");
        await stream.ReadAllAsync(cancellationToken);
        await server.Gateway.FindExecution(stream.ExecutionId)!.Ended;
        var ended = await ShowAsync();

        running["status"]!.Value<string>().Should().Be("running");
        running["end"]!.Type.Should().Be(JTokenType.Null);
        running["last_seq"]!.Value<int>().Should().Be(1);
        ended["status"]!.Value<string>().Should().Be("ended");
        ended["end"]!["reason"]!.Value<string>().Should().Be("completed");
        ended["end"]!["complete"]!.Value<bool>().Should().BeTrue();

        async Task<JToken> ShowAsync()
        {
            using var response = await server.Client.GetAsync($"/executions/{stream.ExecutionId}", cancellationToken);
            return await response.EnsureSuccessStatusCode().JsonAsync(cancellationToken);
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Execution_that_has_been_given_up_is_not_found_any_more(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options => options.RetainedExecutions = 1);
        using var first = await server.Client.ExecuteAsync("return 1", cancellationToken);
        await first.ReadAllAsync(cancellationToken);
        using var second = await server.Client.ExecuteAsync("return 2", cancellationToken);
        await second.ReadAllAsync(cancellationToken);
        using var third = await server.Client.ExecuteAsync("return 3", cancellationToken);
        await third.ReadAllAsync(cancellationToken);

        using var response = await server.Client.GetAsync($"/executions/{first.ExecutionId}/events", cancellationToken);

        ((int)response.StatusCode).Should().Be(404);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Client_that_reads_nothing_for_too_long_is_disconnected_and_can_read_on(CancellationToken cancellationToken)
    {
        const int Lines = 24;
        await using var server = await GatewayServer.StartAsync(options => options.ReaderIdleTimeout = TimeSpan.FromMilliseconds(400));
        var code = string.Join('\n', Enumerable.Repeat("print " + new string('x', 1 << 19), Lines));
        using var stream = await server.Client.ExecuteAsync(code, cancellationToken, new JObject { ["on_disconnect"] = "continue" });

        await server.Log.WaitForAsync(4152, cancellationToken);

        await FluentActions.Awaiting(() => stream.ReadAllAsync(cancellationToken)).Should().ThrowAsync<IOException>();
        using var again = await server.Client.ReadEventsAsync($"/executions/{stream.ExecutionId}/events", cancellationToken);
        (await again.ReadAllAsync(cancellationToken)).Should().HaveCount(Lines + 2);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_that_does_not_fit_into_memory_is_refused_for_now(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options => options.MaxMemory = 16 << 20);
        using var response = await server.Client.PostAsync(
            "/execute",
            new StringContent(new JObject { ["code"] = "#" + new string('x', 10 << 20) }.ToString(), Encoding.UTF8, "application/json"),
            cancellationToken);

        ((int)response.StatusCode).Should().Be(503, "the body does not fit into the memory account");
        response.Headers.RetryAfter.Should().NotBeNull();
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Contain("memory_limit");
    }
}
