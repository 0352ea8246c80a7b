using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

public class SessionChangeTests
{
    private const int TestTimeout = 60_000;
    private const string Nobody = "00000000-1111-2222-3333-444444444444";

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Path_name_and_type_can_be_changed_each_by_itself(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var session = await server.Client.CreateSessionAsync("a.ipynb", cancellationToken, new JObject { ["name"] = "a" });

        var moved = await ChangeAsync(server, session, """{"path": "sub/b.ipynb"}""", cancellationToken);
        var named = await ChangeAsync(server, session, """{"name": "b"}""", cancellationToken);
        var typed = await ChangeAsync(server, session, """{"type": "file"}""", cancellationToken);
        var old = await ChangeAsync(server, session, """{"notebook": {"path": "c.ipynb"} }""", cancellationToken);
        var same = await ChangeAsync(server, session, "{}", cancellationToken);

        Fields(moved).Should().Be("sub/b.ipynb a notebook");
        Fields(named).Should().Be("sub/b.ipynb b notebook");
        Fields(typed).Should().Be("sub/b.ipynb b file");
        Fields(old).Should().Be("c.ipynb b notebook");
        JToken.DeepEquals(same, old).Should().BeTrue();
        same["kernel"]!.Id().Should().Be(session["kernel"]!.Id());
        server.Provisioner.Launches.Count.Should().Be(1);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Document_that_was_moved_is_found_under_its_new_path_only(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var session = await server.Client.CreateSessionAsync("a", cancellationToken);
        await ChangeAsync(server, session, """{"path": "b"}""", cancellationToken);

        (await server.Client.CreateSessionAsync("b", cancellationToken)).Id().Should().Be(session.Id());
        (await server.Client.CreateSessionAsync("a", cancellationToken)).Id().Should().NotBe(session.Id());
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_name_starts_another_kernel_and_ends_the_one_before(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var session = await server.Client.CreateSessionAsync("a", cancellationToken);
        var before = await server.KernelAsync(cancellationToken);

        var changed = await ChangeAsync(server, session, """{"kernel": {"name": "echo"} }""", cancellationToken);

        changed.Id().Should().Be(session.Id());
        changed["kernel"]!.Id().Should().NotBe(session["kernel"]!.Id());
        before.Stopped.IsCompleted.Should().BeTrue();
        (await server.Client.GetTokenAsync("/api/kernels", cancellationToken)).Select(kernel => kernel.Id()).Should().Equal(changed["kernel"]!.Id());
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_id_joins_a_kernel_that_runs_and_ends_the_one_before_unless_it_is_shared(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var session = await server.Client.CreateSessionAsync("a", cancellationToken);
        var shared = session["kernel"]!.Id();
        await server.Client.CreateSessionAsync("b", cancellationToken, new JObject { ["kernel"] = new JObject { ["id"] = shared } });
        var second = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        var third = (await server.Client.StartKernelAsync(cancellationToken)).Id();

        var once = await ChangeAsync(server, session, $$"""{"kernel": {"id": "{{second}}", "name": "ignored"} }""", cancellationToken);
        var twice = await ChangeAsync(server, session, $$"""{"kernel": {"id": "{{third.ToUpperInvariant()}}"} }""", cancellationToken);
        var same = await ChangeAsync(server, session, $$"""{"kernel": {"id": "{{third}}"} }""", cancellationToken);

        once["kernel"]!.Id().Should().Be(second);
        twice["kernel"]!.Id().Should().Be(third);
        same["kernel"]!.Id().Should().Be(third, "a kernel that stays is not ended");
        (await server.Client.GetTokenAsync("/api/kernels", cancellationToken)).Select(kernel => kernel.Id()).Should().Equal(shared, third);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_does_not_run_is_400_and_changes_nothing(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var session = await server.Client.CreateSessionAsync("a", cancellationToken);

        using var response = await server.Client.SendAsync(
            "PATCH",
            $"/api/sessions/{session.Id()}",
            cancellationToken,
            JObject.Parse($$"""{"path": "b", "kernel": {"id": "{{Nobody}}"} }"""));
        var after = await server.Client.GetTokenAsync($"/api/sessions/{session.Id()}", cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.BadRequest, "Bad Request", cancellationToken)).Should().Be($"No such kernel: {Nobody}");
        JToken.DeepEquals(after, session).Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_does_not_start_is_501_and_changes_nothing(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var session = await server.Client.CreateSessionAsync("a", cancellationToken);
        server.Provisioner.BeforeLaunch = _ => throw new IOException("no space left");

        using var response = await server.Client.SendAsync(
            "PATCH", $"/api/sessions/{session.Id()}", cancellationToken, JObject.Parse("""{"kernel": {"name": "echo"} }"""));
        var after = await server.Client.GetTokenAsync($"/api/sessions/{session.Id()}", cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.NotImplemented, "Not Implemented", cancellationToken)).Should().Be("no space left");
        JToken.DeepEquals(after, session).Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Session_deleted_while_its_new_kernel_starts_leaves_no_kernel(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var session = await server.Client.CreateSessionAsync("a", cancellationToken);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Provisioner.BeforeLaunch = token => gate.Task.WaitAsync(token);
        var changing = server.Client.SendAsync(
            "PATCH", $"/api/sessions/{session.Id()}", cancellationToken, JObject.Parse("""{"kernel": {"name": "echo"} }"""));
        await server.Provisioner.Launches.WaitForAsync(_ => true, 2, cancellationToken);

        using var deleted = await server.Client.DeleteAsync($"/api/sessions/{session.Id()}", cancellationToken);
        gate.SetResult();
        using var changed = await changing;

        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        await changed.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken);
        (await server.Client.GetTokenAsync("/api/kernels", cancellationToken)).Should().BeEmpty();
    }

    private static async Task<JObject> ChangeAsync(GatewayServer server, JObject session, string body, CancellationToken cancellationToken)
    {
        using var response = await server.Client.SendAsync("PATCH", $"/api/sessions/{session.Id()}", cancellationToken, JObject.Parse(body));
        return await response.ObjectAsync(HttpStatusCode.OK, cancellationToken);
    }

    private static string Fields(JObject session) => $"{session["path"]} {session["name"]} {session["type"]}";
}
