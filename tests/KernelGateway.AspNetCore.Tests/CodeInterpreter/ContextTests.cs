using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter;

public class ContextTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Contexts_are_listed_in_the_order_of_their_creation(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var ids = new List<string>();
        for (var i = 0; i < 5; i++) ids.Add(await server.Client.CreateContextAsync(cancellationToken));
        using var response = await server.Client.GetAsync("/contexts", cancellationToken);
        var contexts = (JArray)await response.JsonAsync(cancellationToken);

        contexts.Select(context => (string?)context["id"]).Should().Equal(ids);
        contexts[0].Children<JProperty>().Select(property => property.Name).Should().Equal("id", "language", "cwd", "name");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Context_is_created_with_status_200_and_what_was_asked_for(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostJsonAsync(
            "/contexts", new JObject { ["language"] = " Echo ", ["cwd"] = "/tmp" }, cancellationToken);
        var context = await response.JsonAsync(cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        context["language"]!.Value<string>().Should().Be("echo");
        context["cwd"]!.Value<string>().Should().Be("/tmp");
        Guid.TryParse((string?)context["id"], out _).Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Sdk_of_the_middle_names_a_kernelspec_and_restarts_and_removes_the_default_context(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        (await server.Client.PostAsync("/contexts/default/restart", null, cancellationToken)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        var id = (await server.Gateway.Contexts.GetOrCreateDefaultAsync(cancellationToken: cancellationToken)).Id;

        using var created = await server.Client.PostJsonAsync("/contexts", new JObject { ["name"] = "echo" }, cancellationToken);
        ((string?)(await created.JsonAsync(cancellationToken))["name"]).Should().Be("echo");
        using var restarted = await server.Client.PostAsync("/contexts/default/restart", null, cancellationToken);
        restarted.StatusCode.Should().Be(HttpStatusCode.OK);
        server.Provisioner.Launches.Items.Should().HaveCount(3, "the default context has a fresh kernel");
        using var removed = await server.Client.DeleteAsync("/contexts/default", cancellationToken);
        removed.StatusCode.Should().Be(HttpStatusCode.OK);

        server.Gateway.Contexts.Find(id).Should().BeNull();
        using var again = await server.Client.DeleteAsync("/contexts/default", cancellationToken);
        again.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Home_directory_of_E2B_is_accepted_and_the_answer_names_the_directory_that_is_used(
        CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostJsonAsync(
            "/contexts", new JObject { ["cwd"] = "/home/user" }, cancellationToken);
        var context = await response.JsonAsync(cancellationToken);

        var expected = Directory.Exists("/home/user") ? "/home/user" : Environment.CurrentDirectory;
        context["cwd"]!.Value<string>().Should().Be(expected);
        server.Provisioner.Launches.Items.Single().WorkingDirectory.Should().Be(expected);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Context_is_created_without_a_body_too(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostAsync("/contexts", null, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Context_shows_what_it_is_doing(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var running = await server.Client.ExecuteAsync("wait gate", cancellationToken, new JObject { ["context_id"] = id });
        using var waiting = await server.Client.ExecuteAsync("return 1", cancellationToken, new JObject { ["context_id"] = id });

        using var response = await server.Client.GetAsync($"/contexts/{id}", cancellationToken);
        var context = await response.JsonAsync(cancellationToken);

        context["state"]!.Value<string>().Should().Be("ready");
        context["kernelspec"]!.Value<string>().Should().Be("echo");
        context["running_execution"]!.Value<string>().Should().Be(running.ExecutionId);
        context["queued_executions"]!.Value<int>().Should().Be(1);
        context["supports_env_vars"]!.Value<bool>().Should().BeFalse();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Interrupt_ends_what_runs_and_does_nothing_to_an_idle_context(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);

        using var idle = await server.Client.PostRawAsync($"/contexts/{id}/interrupt", [], null, cancellationToken);
        using var running = await server.Client.ExecuteAsync("wait gate", cancellationToken, new JObject { ["context_id"] = id });
        await running.ReadUntilAsync("number_of_executions", cancellationToken);
        using var busy = await server.Client.PostRawAsync($"/contexts/{id}/interrupt", [], null, cancellationToken);
        var lines = await running.ReadAllAsync(cancellationToken);

        (await idle.JsonAsync(cancellationToken))["interrupted"]!.Value<bool>().Should().BeFalse();
        (await busy.JsonAsync(cancellationToken))["interrupted"]!.Value<bool>().Should().BeTrue();
        lines[0]["name"]!.Value<string>().Should().Be("KeyboardInterrupt");
        lines[^1]["reason"]!.Value<string>().Should().Be("interrupted");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task More_contexts_than_there_may_be_are_refused(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options => options.Contexts.MaxContexts = 1);
        await server.Client.CreateContextAsync(cancellationToken);

        using var refused = await server.Client.PostJsonAsync("/contexts", new JObject(), cancellationToken);

        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        (await refused.JsonAsync(cancellationToken))["code"]!.Value<string>().Should().Be("context_limit");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Client_that_goes_while_its_context_is_being_created_leaves_none(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var launching = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var givenUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Provisioner.BeforeLaunch = async token =>
        {
            await using var registration = token.Register(givenUp.SetResult);
            launching.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
        };
        using var client = new CancellationTokenSource();

        var creating = server.Client.PostJsonAsync("/contexts", new JObject(), client.Token);
        await launching.Task.WaitAsync(cancellationToken);
        await client.CancelAsync();

        await givenUp.Task.WaitAsync(cancellationToken);
        await creating.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        server.Gateway.Contexts.List().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Request_for_a_culled_context_is_answered_with_the_reason(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        await server.Gateway.Contexts.TryRetireAsync(server.Gateway.Contexts.Get(id), evenBusy: false, "was culled after 60 s without activity");
        var expected = $"Context {id} not found: it was culled after 60 s without activity";

        using var shown = await server.Client.GetAsync($"/contexts/{id}", cancellationToken);
        using var removed = await server.Client.DeleteAsync($"/contexts/{id}", cancellationToken);
        using var executed = await server.Client.PostJsonAsync("/execute", new JObject { ["code"] = "1", ["context_id"] = id }, cancellationToken);

        using var asKernel = await server.Client.GetAsync($"/api/kernels/{id}", cancellationToken);

        ((string?)(await shown.JsonAsync(cancellationToken))["detail"]).Should().Be(expected);
        ((string?)(await asKernel.JsonAsync(cancellationToken))["message"]).Should()
            .Be($"Kernel does not exist: {id} (it was culled after 60 s without activity)");
        foreach (var answer in (HttpResponseMessage[])[removed, executed])
        {
            answer.StatusCode.Should().Be(HttpStatusCode.NotFound);
            (await answer.Content.ReadAsStringAsync(cancellationToken)).Should().Be(expected);
        }
    }
}
