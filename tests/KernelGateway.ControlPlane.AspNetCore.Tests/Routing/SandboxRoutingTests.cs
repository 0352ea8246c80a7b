using FluentAssertions;
using KernelGateway.AspNetCore.Envd.Files;
using KernelGateway.ControlPlane.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.AspNetCore.Tests.Routing;

/// <summary>How requests reach sandboxes: the table of C.11.</summary>
[CancelAfter(60_000)]
public sealed class SandboxRoutingTests
{
    private const string Private = """{"templateID":"base","network":{"allowPublicTraffic":false}}""";

    private PlaneServer _server = null!;

    [SetUp]
    public async Task StartAsync() => _server = await PlaneServer.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Host_label_and_headers_lead_to_the_port_and_the_host_stays_as_it_was()
    {
        var id = await CreateAsync();

        (await GetAsync("/a?b=c", ("Host", $"3000-{id}.{PlaneServer.Domain}"))).Code.Should().Be(204);
        var label = LastRequest(id);
        label.Should().StartWith("GET /a?b=c HTTP/1.1").And.Contain("E2b-Sandbox-Port: 3000").And.Contain($"Host: 3000-{id}.{PlaneServer.Domain}");

        (await GetAsync("/x", ("E2b-Sandbox-Id", id), ("E2b-Sandbox-Port", "3001"))).Code.Should().Be(204);
        LastRequest(id).Should().StartWith("GET /x HTTP/1.1").And.Contain("E2b-Sandbox-Port: 3001");
    }

    [Test]
    public async Task Label_with_the_clients_part_and_one_without_a_port_are_understood()
    {
        var id = await CreateAsync();

        (await GetAsync("/", ("Host", $"8080-{id}-6532622b.{PlaneServer.Domain}"))).Code.Should().Be(204);
        LastRequest(id).Should().Contain("E2b-Sandbox-Port: 8080");
        (await GetAsync("/", ("Host", $"{id}-6532622b.{PlaneServer.Domain}"))).Code.Should().Be(204);
        LastRequest(id).Should().Contain("E2b-Sandbox-Port: 80\r\n");
    }

    [Test]
    public async Task Label_api_is_the_control_plane()
    {
        var answer = await _server.SendAsync("GET", "/sandboxes", headers: [("Host", $"api.{PlaneServer.Domain}:8443")]);

        answer.Code.Should().Be(200);
        (await GetAsync("/health", ("Host", $"API.{PlaneServer.Domain}"))).Body.Should().Be("OK");
    }

    [TestCase("E2b-Sandbox-Id", "ia", "missing header")]
    [TestCase("E2b-Sandbox-Port", "3000", "missing header")]
    [TestCase("Host", $"x.{PlaneServer.Domain}", "Invalid host")]
    [TestCase("Host", $"3000-.{PlaneServer.Domain}", "Invalid sandbox ID")]
    [TestCase("Host", $"99999-ia.{PlaneServer.Domain}", "Invalid sandbox port")]
    [TestCase("Host", "49983-ia.sandbox.internal", "Invalid host")]
    public async Task Malformed_address_is_answered_in_plain_text(string header, string value, string text)
    {
        var answer = await GetAsync("/", (header, value));

        answer.Code.Should().Be(400);
        answer.Body.Trim().Should().Be(text);
    }

    [Test]
    public async Task Unknown_killed_and_paused_sandboxes_are_bad_gateways()
    {
        var id = await CreateAsync();
        var unknown = await GetAsync("/", ("E2b-Sandbox-Id", "iunknown"), ("E2b-Sandbox-Port", "3000"));
        unknown.Code.Should().Be(502);
        unknown.Json.Should().BeEquivalentTo(JObject.Parse("""{"sandboxId":"iunknown","message":"The sandbox was not found","code":502}"""));
        unknown.Headers["Content-Type"].Should().Be("application/json; charset=utf-8");

        await _server.SendAsync("POST", $"/sandboxes/{id}/pause");
        (await ToPortAsync(id, 49983, "/health")).Code.Should().Be(502);
        await _server.SendAsync("POST", $"/v2/sandboxes/{id}/connect");
        (await ToPortAsync(id, 49983, "/health")).Code.Should().Be(204);
        await _server.SendAsync("DELETE", $"/sandboxes/{id}");
        (await ToPortAsync(id, 49983, "/health")).Code.Should().Be(502);
    }

    [Test]
    public async Task Browser_gets_a_page_with_the_same_status()
    {
        var answer = await GetAsync(
            "/", ("Host", $"3000-iunknown.{PlaneServer.Domain}"), ("User-Agent", "Mozilla/5.0"), ("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"));

        answer.Code.Should().Be(502);
        answer.Headers["Content-Type"].Should().StartWith("text/html");
        answer.Body.Should().Contain("The sandbox was not found");
    }

    [Test]
    public async Task Lost_sidecar_is_a_port_that_is_not_open()
    {
        var id = await CreateAsync();
        _server.Engine.On("connect", _ => throw new System.Net.Sockets.SocketException());
        await _server.SendAsync("POST", $"/sandboxes/{id}/pause");
        await _server.SendAsync("POST", $"/v2/sandboxes/{id}/connect");

        var answer = await ToPortAsync(id, 3000);

        answer.Code.Should().Be(502);
        answer.Json.Should().BeEquivalentTo(new JObject
        {
            ["sandboxId"] = id, ["message"] = "The sandbox is running but port is not open", ["port"] = 3000, ["code"] = 502,
        });
    }

    [Test]
    public async Task Private_ports_need_the_traffic_token_and_the_daemon_does_not()
    {
        var created = await _server.CreateAsync(Private);
        var id = (string)created["sandboxID"]!;
        var token = (string)created["trafficAccessToken"]!;

        var missing = await ToPortAsync(id, 3000);
        missing.Code.Should().Be(403);
        ((string?)missing.Json["message"]).Should().Be("Sandbox is secured with traffic access token. Token header 'e2b-traffic-access-token' is missing");
        ((string?)(await ToPortAsync(id, 3000, "/", ("E2B-Traffic-Access-Token", "wrong"))).Json["message"]).Should().Be(
            "Sandbox is secured with traffic access token. Provided token in header 'e2b-traffic-access-token' is invalid");
        (await ToPortAsync(id, 3000, "/", ("E2B-Traffic-Access-Token", token))).Code.Should().Be(204);
        LastRequest(id).Should().NotContain(token);
        (await ToPortAsync(id, 49983, "/health")).Code.Should().Be(204);
    }

    [Test]
    public async Task Router_vouches_for_the_code_interpreter_and_for_ports_and_for_nothing_else_of_a_secured_sandbox()
    {
        var created = await _server.CreateAsync();
        var (id, token) = ((string)created["sandboxID"]!, (string)created["envdAccessToken"]!);

        (await SentTokenAsync(49999, "/contexts")).Should().BeTrue();
        (await SentTokenAsync(49999, "/Execute")).Should().BeTrue();
        (await SentTokenAsync(3000, "/files")).Should().BeTrue("the sidecar takes it out before the server gets the request");
        (await SentTokenAsync(49999, "/files")).Should().BeFalse();
        (await SentTokenAsync(49999, "/contexts/../files")).Should().BeFalse();
        (await SentTokenAsync(49999, "//process.Process/List")).Should().BeFalse();
        (await SentTokenAsync(49983, "/files")).Should().BeFalse();
        (await SentTokenAsync(49982, "/ws")).Should().BeFalse();
        (await SentTokenAsync(8888, "/api/kernels")).Should().BeFalse();

        async Task<bool> SentTokenAsync(int port, string path)
        {
            (await ToPortAsync(id, port, path)).Code.Should().Be(204);
            return LastRequest(id).Contains(token);
        }
    }

    [Test]
    public async Task Open_sandbox_of_the_first_generation_serves_its_daemon_under_the_old_ports()
    {
        var id = (string)(await _server.CreateAsync(path: "/sandboxes"))["sandboxID"]!;

        foreach (var path in (string[])["/ws", "/file", "/ping"])
        {
            await ToPortAsync(id, 49982, path);
            LastRequest(id).Should().Contain("E2b-Sandbox-Port: 49983").And.Contain("E2B-Traffic-Access-Token: ");
        }

        await ToPortAsync(id, 8888, "/api/kernels");
        LastRequest(id).Should().Contain("E2b-Sandbox-Port: 49999").And.Contain("E2B-Traffic-Access-Token: ");
    }

    [TestCase("/init")]
    [TestCase("/INIT/")]
    [TestCase("//freeze")]
    [TestCase("/%69nit")]
    public async Task Routes_for_the_control_plane_are_not_reachable(string path)
    {
        foreach (var (body, create) in new[] { ("""{"templateID":"base"}""", "/sandboxes"), ("""{"templateID":"base"}""", "/v2/sandboxes") })
        {
            var id = (string)(await _server.CreateAsync(body, create))["sandboxID"]!;
            foreach (var port in new[] { 49983, 49999, 49982 }) (await ToPortAsync(id, port, path)).Code.Should().Be(404);
        }
    }

    [Test]
    public async Task Request_resumes_a_sandbox_that_was_created_so_if_it_has_the_token()
    {
        var created = await _server.CreateAsync("""{"templateID":"base","autoPause":true,"autoResume":{"enabled":true}}""");
        var (id, token) = ((string)created["sandboxID"]!, (string)created["envdAccessToken"]!);
        await _server.SendAsync("POST", $"/sandboxes/{id}/pause");

        var denied = await ToPortAsync(id, 49983, "/files");
        denied.Code.Should().Be(403);
        ((string?)denied.Json["message"]).Should().Be(
            "This sandbox can't be resumed with the credentials provided. Check your access token and try again.");

        (await ToPortAsync(id, 49983, "/files", ("X-Access-Token", token))).Code.Should().Be(204);
        ((string?)(await _server.SendAsync("GET", $"/sandboxes/{id}")).Json["state"]).Should().Be("running");
        await _server.SendAsync("POST", $"/sandboxes/{id}/pause");
        (await ToPortAsync(id, 3000)).Code.Should().Be(204, "the port is public");
    }

    [Test]
    public async Task Pause_without_memory_is_not_ended_by_a_request()
    {
        var id = (string)(await _server.CreateAsync("""{"templateID":"base","autoPause":true,"autoResume":{"enabled":true}}"""))["sandboxID"]!;
        await _server.SendAsync("POST", $"/sandboxes/{id}/pause", """{"memory":false}""");

        (await ToPortAsync(id, 3000)).Code.Should().Be(502);
    }

    [Test]
    public async Task Request_during_a_pause_is_a_conflict(CancellationToken cancellationToken)
    {
        var id = await CreateAsync();
        var (begun, release) = _server.Engine.Hold("pause");
        var pause = _server.SendAsync("POST", $"/sandboxes/{id}/pause");
        await begun.WaitAsync(cancellationToken);

        var answer = await ToPortAsync(id, 3000);

        answer.Code.Should().Be(409);
        ((string?)answer.Json["message"]).Should().Be("The sandbox is still transitioning. Try again in a moment.");
        release.SetResult();
        (await pause).Code.Should().Be(204);
    }

    [Test]
    public async Task Masked_host_is_what_the_server_sees_but_not_the_daemon()
    {
        var id = (string)(await _server.CreateAsync("""{"templateID":"base","network":{"maskRequestHost":"localhost:${PORT}"}}"""))["sandboxID"]!;

        await GetAsync("/", ("Host", $"3000-{id}.{PlaneServer.Domain}"));
        LastRequest(id).Should().Contain("Host: localhost:3000\r\n").And.Contain($"X-Forwarded-Host: 3000-{id}.{PlaneServer.Domain}");
        await GetAsync("/health", ("Host", $"49983-{id}.{PlaneServer.Domain}"));
        LastRequest(id).Should().Contain($"Host: 49983-{id}.{PlaneServer.Domain}\r\n");
    }

    [Test]
    public async Task Signed_url_under_the_shared_address_finds_its_sandbox()
    {
        var first = await CreateAsync();
        var created = await _server.CreateAsync();
        var (id, token) = ((string)created["sandboxID"]!, (string)created["envdAccessToken"]!);
        var signature = Uri.EscapeDataString(FileSignature.Create("/a", "read", "user", token, ""));

        (await GetAsync($"/files?path=%2Fa&username=user&signature={signature}")).Code.Should().Be(204);

        LastRequest(id).Should().StartWith("GET /files?path=%2Fa");
        _server.Engine.Sandboxes[first].Sidecar.Requests.Should().NotContain(request => request.Contains("/files"));
        (await GetAsync("/files?path=%2Fa&signature=v1_x")).Code.Should().Be(404);
    }

    [Test]
    public async Task Api_key_is_not_passed_to_the_sandbox()
    {
        var id = await CreateAsync();

        await _server.SendAsync("GET", "/", headers: [("E2b-Sandbox-Id", id), ("E2b-Sandbox-Port", "3000")]);

        LastRequest(id).Should().NotContain(_server.Key);
    }

    private async Task<string> CreateAsync() => (string)(await _server.CreateAsync())["sandboxID"]!;

    private Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => _server.SendAsync("GET", path, key: "", headers: headers);

    private Task<Answer> ToPortAsync(string id, int port, string path = "/", params (string Name, string Value)[] headers) =>
        GetAsync(path, [("E2b-Sandbox-Id", id), ("E2b-Sandbox-Port", $"{port}"), .. headers]);

    private string LastRequest(string id) => _server.Engine.Sandboxes[id].Sidecar.Requests[^1];
}
