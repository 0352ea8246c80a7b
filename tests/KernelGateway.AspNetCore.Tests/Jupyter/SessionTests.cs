using System.Net;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

public class SessionTests
{
    private const int TestTimeout = 60_000;
    private const string Nobody = "00000000-1111-2222-3333-444444444444";

    private readonly string _root = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;

    [TearDown]
    public void RemoveRoot() => Directory.Delete(_root, recursive: true);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Session_is_created_with_201_its_model_and_a_kernel_of_its_own(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostJsonAsync(
            "/api/sessions",
            JObject.Parse("""{"path": "work/a.ipynb", "name": "a.ipynb", "type": "notebook", "kernel": {"name": "echo", "id": null}}"""),
            cancellationToken);
        var session = await response.ObjectAsync(HttpStatusCode.Created, cancellationToken);
        var kernel = await server.Client.GetTokenAsync($"/api/kernels/{session["kernel"]!.Id()}", cancellationToken);

        session.Properties().Select(property => property.Name).Should().Equal("id", "path", "name", "type", "kernel", "notebook");
        session["path"]!.Value<string>().Should().Be("work/a.ipynb");
        session["name"]!.Value<string>().Should().Be("a.ipynb");
        session["type"]!.Value<string>().Should().Be("notebook");
        JToken.DeepEquals(session["kernel"], kernel).Should().BeTrue();
        JToken.DeepEquals(session["notebook"], JObject.Parse("""{"path": "work/a.ipynb", "name": "a.ipynb"}""")).Should().BeTrue();
        response.Headers.Location!.OriginalString.Should().Be($"/api/sessions/{session.Id()}");
        session.Id().Should().NotBe(kernel.Id());
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Only_notebooks_have_the_field_of_old_clients_and_a_name_that_was_not_given_is_empty(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var session = await server.Client.CreateSessionAsync("console-1", cancellationToken, new JObject { ["type"] = "console" });

        session.ContainsKey("notebook").Should().BeFalse();
        session["name"]!.Value<string>().Should().BeEmpty("clients expect a string");
    }

    [TestCase("""{"notebook": {"path": "a.ipynb"} }""")]
    [TestCase("""{"notebook": {"name": "a.ipynb"} }""")]
    [TestCase("""{"notebook": {"path": "a.ipynb", "name": "other"}, "kernel": {"name": "echo"} }""")]
    [TestCase("""{"path": "a.ipynb", "type": "notebook", "kernel": null, "notebook": null}""")]
    [CancelAfter(TestTimeout)]
    public async Task Bodies_of_old_clients_are_understood(string body, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostJsonAsync("/api/sessions", JObject.Parse(body), cancellationToken);
        var session = await response.ObjectAsync(HttpStatusCode.Created, cancellationToken);

        session["path"]!.Value<string>().Should().Be("a.ipynb");
        session["type"]!.Value<string>().Should().Be("notebook");
    }

    [TestCase("", "path")]
    [TestCase("{}", "path")]
    [TestCase("""{"type": "notebook"}""", "path")]
    [TestCase("""{"path": "", "type": "notebook"}""", "path")]
    [TestCase("""{"path": "a"}""", "type")]
    [TestCase("""{"path": 1, "type": "notebook"}""", "'path'")]
    [TestCase("""{"path": "a", "type": "notebook", "kernel": "echo"}""", "'kernel'")]
    [TestCase("""{"path": "a", "type": "notebook", "kernel": {"id": 1}}""", "'kernel.id'")]
    [TestCase("""{"path": "a", "type": "notebook", "kernel": {"env": []}}""", "'kernel.env'")]
    [TestCase("""{"notebook": "a"}""", "'notebook'")]
    [TestCase("[1]", "object")]
    [TestCase("{", "JSON")]
    [CancelAfter(TestTimeout)]
    public async Task Body_that_cannot_be_meant_is_400_and_starts_nothing(string body, string named, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostRawAsync(
            "/api/sessions", Encoding.UTF8.GetBytes(body), "application/json", cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.BadRequest, "Bad Request", cancellationToken)).Should().Contain(named);
        server.Provisioner.Launches.Count.Should().Be(0);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Path_that_has_a_session_gets_that_session(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var first = await server.Client.CreateSessionAsync("a.ipynb", cancellationToken);

        var again = await server.Client.CreateSessionAsync("a.ipynb", cancellationToken, new JObject { ["name"] = "other", ["type"] = "file" });
        var other = await server.Client.CreateSessionAsync("A.ipynb", cancellationToken);

        JToken.DeepEquals(again, first).Should().BeTrue();
        other.Id().Should().NotBe(first.Id());
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_runs_is_joined_by_its_id_and_may_have_several_sessions(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var kernel = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        var wanted = new JObject { ["kernel"] = new JObject { ["id"] = kernel, ["name"] = "ignored" } };

        var first = await server.Client.CreateSessionAsync("a", cancellationToken, wanted);
        var second = await server.Client.CreateSessionAsync("b", cancellationToken, wanted);

        first["kernel"]!.Id().Should().Be(kernel);
        second["kernel"]!.Id().Should().Be(kernel);
        server.Provisioner.Launches.Count.Should().Be(1);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Missing_kernel_is_replaced_by_a_new_one_with_a_new_id(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var session = await server.Client.CreateSessionAsync(
            "a", cancellationToken, JObject.Parse($$"""{"kernel": {"id": "{{Nobody}}", "name": "echo"} }"""));

        session["kernel"]!.Id().Should().NotBe(Nobody, "the client must see that the state was lost");
    }

    [TestCase("sub/a.ipynb", "sub")]
    [TestCase("sub/missing/a.ipynb", "sub")]
    [TestCase("/sub/a.ipynb", "sub")]
    [TestCase("../../outside/a.ipynb", "")]
    [TestCase("a.ipynb", "")]
    [TestCase("5a2d…-no-path", "")]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_of_a_session_starts_in_the_directory_of_its_path(string path, string expected, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(_root, "sub"));
        await using var server = await GatewayServer.StartAsync(options => options.DefaultWorkingDirectory = _root);

        await server.Client.CreateSessionAsync(path, cancellationToken);

        server.Provisioner.Launches.Items[0].WorkingDirectory.Should().Be(Path.TrimEndingDirectorySeparator(Path.Combine(_root, expected)));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Variables_for_the_kernel_of_a_session_follow_the_same_rules(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        await server.Client.CreateSessionAsync(
            "a", cancellationToken, JObject.Parse("""{"kernel": {"env": {"KERNEL_A": "1", "LD_PRELOAD": "x"}}}"""));

        server.Provisioner.Launches.Items[0].Environment.Keys.Should().Equal("KERNEL_A");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Failures_have_the_statuses_that_front_ends_go_by(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options => options.Contexts.MaxContexts = 1);
        var session = await server.Client.CreateSessionAsync("a", cancellationToken);
        var unknownKernel = JObject.Parse("""{"path": "b", "type": "notebook", "kernel": {"name": "cobol"} }""");

        using var missing = await server.Client.PostJsonAsync("/api/sessions", unknownKernel, cancellationToken);
        using var missingInChange = await server.Client.SendAsync("PATCH", $"/api/sessions/{session.Id()}", cancellationToken, unknownKernel);
        using var limit = await server.Client.PostJsonAsync("/api/sessions", JObject.Parse("""{"path": "b", "type": "x"}"""), cancellationToken);
        using var limitInChange = await server.Client.SendAsync(
            "PATCH", $"/api/sessions/{session.Id()}", cancellationToken, JObject.Parse("""{"kernel": {"name": "echo"} }"""));
        using var gone = await server.Client.DeleteAsync($"/api/sessions/{session.Id()}", cancellationToken);
        server.Provisioner.BeforeLaunch = _ => throw new IOException("no space left");
        using var failed = await server.Client.PostJsonAsync("/api/sessions", JObject.Parse("""{"path": "b", "type": "x"}"""), cancellationToken);

        foreach (var response in new[] { missing, missingInChange })
        {
            var body = await response.ObjectAsync(HttpStatusCode.NotImplemented, cancellationToken);
            body["message"]!.Value<string>().Should().Contain("'cobol'").And.Contain("Installed: echo");
            body["short_message"]!.Value<string>().Should().Be("cobol not found");
        }

        await limit.ErrorAsync(HttpStatusCode.Forbidden, "Resource Limit", cancellationToken);
        await limitInChange.ErrorAsync(HttpStatusCode.Forbidden, "Resource Limit", cancellationToken);
        gone.StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await failed.ErrorAsync(HttpStatusCode.InternalServerError, "Internal Server Error", cancellationToken)).Should().Contain("no space left");
        (await server.Client.GetTokenAsync("/api/sessions", cancellationToken)).Should().BeEmpty("the failed request leaves no session");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Sessions_are_listed_in_the_order_of_their_creation_and_shown(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var ids = new List<string>();
        foreach (var path in new[] { "c", "a", "b" }) ids.Add((await server.Client.CreateSessionAsync(path, cancellationToken)).Id());

        var listed = await server.Client.GetTokenAsync("/api/sessions?1700000000000", cancellationToken);
        var shown = await server.Client.GetTokenAsync($"/api/sessions/{ids[1]}", cancellationToken);

        listed.Select(session => session.Id()).Should().Equal(ids);
        JToken.DeepEquals(listed[1], shown).Should().BeTrue();
    }

    [TestCase("GET")]
    [TestCase("PATCH")]
    [TestCase("DELETE")]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_session_is_404(string method, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.SendAsync(method, $"/api/sessions/{Nobody}", cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken)).Should().Be($"Session not found: {Nobody}");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Deleted_session_takes_its_kernel_with_it(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var session = await server.Client.CreateSessionAsync("a", cancellationToken);
        var kernel = await server.KernelAsync(cancellationToken);

        using var deleted = await server.Client.DeleteAsync($"/api/sessions/{session.Id()}", cancellationToken);

        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        kernel.Stopped.IsCompleted.Should().BeTrue();
        (await server.Client.GetTokenAsync("/api/kernels", cancellationToken)).Should().BeEmpty();
        (await server.Client.GetTokenAsync("/api/sessions", cancellationToken)).Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Session_whose_kernel_was_removed_elsewhere_is_removed_at_its_next_use(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var sessions = new List<JObject>();
        foreach (var path in new[] { "listed", "shown", "changed", "deleted" })
        {
            sessions.Add(await server.Client.CreateSessionAsync(path, cancellationToken));
            await server.Gateway.Contexts.RemoveAsync(sessions[^1]["kernel"]!.Id());
            using var touched = await server.Client.SendAsync(
                path switch { "changed" => "PATCH", "deleted" => "DELETE", _ => "GET" },
                path == "listed" ? "/api/sessions" : $"/api/sessions/{sessions[^1].Id()}",
                cancellationToken);
            ((int)touched.StatusCode).Should().Be(path switch { "listed" => 200, "deleted" => 410, _ => 404 }, path);
            if (path == "listed") (await touched.JsonAsync(cancellationToken)).Should().BeEmpty();
        }

        foreach (var session in sessions)
        {
            using var response = await server.Client.DeleteAsync($"/api/sessions/{session.Id()}", cancellationToken);
            response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        }

        var anew = await server.Client.CreateSessionAsync("listed", cancellationToken);
        anew.Id().Should().NotBe(sessions[0].Id());
    }
}
