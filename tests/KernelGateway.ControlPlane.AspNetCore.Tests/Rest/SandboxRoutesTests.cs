using FluentAssertions;
using KernelGateway.ControlPlane.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.AspNetCore.Tests.Rest;

/// <summary>The routes of C.3 with their exact bodies, statuses and messages.</summary>
[CancelAfter(60_000)]
public sealed class SandboxRoutesTests
{
    [Test]
    public async Task Create_answers_all_fields_that_clients_need()
    {
        await using var server = await PlaneServer.StartAsync();

        var body = await server.CreateAsync();

        body.Properties().Select(field => field.Name).Should().BeEquivalentTo(
            "sandboxID", "templateID", "clientID", "envdVersion", "alias", "envdAccessToken", "domain");
        ((string?)body["clientID"]).Should().Be("6532622b");
        ((string?)body["envdVersion"]).Should().Be("0.6.13");
        ((string?)body["domain"]).Should().Be("sandboxes.test:8443");
        ((string?)body["envdAccessToken"]).Should().MatchRegex("^[0-9a-f]{64}$");
    }

    [Test]
    public async Task First_version_is_not_secured_unless_it_is_asked_for_and_lives_fifteen_seconds()
    {
        await using var server = await PlaneServer.StartAsync();

        var open = await server.CreateAsync(path: "/sandboxes");
        var secured = await server.CreateAsync("""{"templateID":"base","secure":true,"timeout":300}""", "/sandboxes");

        open.ContainsKey("envdAccessToken").Should().BeFalse();
        secured.ContainsKey("envdAccessToken").Should().BeTrue();
        var detail = (await server.SendAsync("GET", $"/sandboxes/{open["sandboxID"]}")).Json;
        (Time(detail, "endAt") - Time(detail, "startedAt")).Should().Be(TimeSpan.FromSeconds(15));
    }

    [TestCase("""{"allowOut":["192.0.2.1"],"denyOut":["0.0.0.0/0"]}""", 204, "")]
    [TestCase("""{"allow_internet_access":false}""", 204, "")]
    [TestCase("""{}""", 204, "")]
    [TestCase("""{"denyOut":["x"]}""", 400, "invalid denied CIDR x")]
    [TestCase("""{"rules":{"a":[]}}""", 501, "rules: this service does not support it")]
    [TestCase("""{"egressProxy":{"address":"a"}}""", 501, "egressProxy: this service does not support it")]
    public async Task Network_of_a_running_sandbox_is_replaced(string body, int status, string message)
    {
        await using var server = await PlaneServer.StartAsync();
        var id = (string?)(await server.CreateAsync())["sandboxID"];

        var answer = await server.SendAsync("PUT", $"/sandboxes/{id}/network", body);

        answer.Code.Should().Be(status);
        if (message.Length > 0) ((string?)answer.Json["message"]).Should().Be(message);
        (await server.SendAsync("PUT", "/sandboxes/iaaaaaaaaaaaaaaaaaaaa/network", "{}")).Code.Should().Be(404);
        await server.SendAsync("POST", $"/sandboxes/{id}/pause", "{}");
        if (status == 204) (await server.SendAsync("PUT", $"/sandboxes/{id}/network", body)).Code.Should().Be(409);
    }

    [TestCase("""{"templateID":"base","timeout":0}""", 400, "Timeout must be greater than 0")]
    [TestCase("""{"templateID":"base","timeout":90000}""", 400, "Timeout cannot be greater than 24 hours")]
    [TestCase("""{"templateID":"base","timeout":"5"}""", 400, "validation error: timeout: the value is not an integer")]
    [TestCase("""{"templateID":"base","metadata":{"a":1}}""", 400, "validation error: metadata.a: the value is not a string")]
    [TestCase("""{}""", 400, "validation error: templateID: the field is required")]
    [TestCase("""{"templateID":"base","autoPauseMemory":false}""", 400, "autoPauseMemory=false only applies when autoPause is true.")]
    [TestCase("""{"templateID":"a b"}""", 400, "Invalid template reference: a b")]
    [TestCase("""{"templateID":"nothing"}""", 404, "template 'nothing' not found")]
    [TestCase("""{"templateID":"base:v9"}""", 404, "tag 'v9' does not exist for template 'base'")]
    [TestCase("""{"templateID":"other/base"}""", 403, "you don't have access to template 'other/base'")]
    [TestCase("""{"templateID":"base","network":{"denyOut":["x"]}}""", 400, "invalid denied CIDR x")]
    [TestCase("""{"templateID":"base","network":{"allowOut":["a b"]}}""", 400, "invalid allowed address a b")]
    [TestCase("""{"templateID":"base","mcp":{"a":{}}}""", 501, "mcp: this service does not support it")]
    [TestCase("""{"templateID":"base","iam":{"tokens":{}}}""", 501, "iam: this service does not support it")]
    [TestCase("""{"templateID":"base","volumeMounts":[{"name":"a","path":"/b"}]}""", 501, "volumeMounts: this service does not support it")]
    [TestCase("""{"templateID":"base","network":{"rules":{"a":[]}}}""", 501, "network.rules: this service does not support it")]
    public async Task Create_that_cannot_be_is_refused_with_its_reason(string body, int status, string message)
    {
        await using var server = await PlaneServer.StartAsync();

        var answer = await server.SendAsync("POST", "/v2/sandboxes", body);

        answer.Code.Should().Be(status);
        answer.Json.Should().BeEquivalentTo(new JObject { ["code"] = status, ["message"] = message });
    }

    [TestCase("not json")]
    [TestCase("[]")]
    [TestCase("""{"templateID":"base"} {}""")]
    public async Task Body_that_is_not_an_object_is_malformed(string body)
    {
        await using var server = await PlaneServer.StartAsync();

        var answer = await server.SendAsync("POST", "/v2/sandboxes", body);

        answer.Code.Should().Be(400);
        ((string?)answer.Json["message"]).Should().StartWith("Error when parsing request: ");
    }

    [Test]
    public async Task Private_traffic_without_secure_is_refused()
    {
        await using var server = await PlaneServer.StartAsync();

        var answer = await server.SendAsync("POST", "/sandboxes", """{"templateID":"base","network":{"allowPublicTraffic":false}}""");

        ((string?)answer.Json["message"]).Should().Be(
            "You cannot create a sandbox without public access unless you enable secure envd access via 'secure' flag.");
    }

    [Test]
    public async Task Details_have_what_was_asked_for_and_end_at_the_same_time_in_every_answer()
    {
        await using var server = await PlaneServer.StartAsync();
        var created = await server.CreateAsync(
            """{"templateID":"base","metadata":{"a":"b"},"allow_internet_access":false,"autoPause":true,"network":{"allowPublicTraffic":false}}""");

        var detail = (await server.SendAsync("GET", $"/sandboxes/{created["sandboxID"]}")).Json;
        server.Time.Advance(TimeSpan.FromSeconds(3));
        var again = (await server.SendAsync("GET", $"/sandboxes/{created["sandboxID"]}-6532622b")).Json;

        again.Should().BeEquivalentTo(detail);
        ((string?)detail["state"]).Should().Be("running");
        ((string?)detail["metadata"]!["a"]).Should().Be("b");
        ((bool?)detail["allowInternetAccess"]).Should().BeFalse();
        ((string?)detail["lifecycle"]!["onTimeout"]).Should().Be("pause");
        (Time(detail, "endAt") - Time(detail, "startedAt")).Should().Be(TimeSpan.FromSeconds(300));
        created.ContainsKey("trafficAccessToken").Should().BeTrue();
        ((int)detail["memoryMB"]!).Should().Be(512);
    }

    [Test]
    public async Task Pause_connect_and_kill_answer_as_documented()
    {
        await using var server = await PlaneServer.StartAsync();
        var created = await server.CreateAsync();
        var path = $"/sandboxes/{created["sandboxID"]}";

        (await server.SendAsync("POST", $"{path}/pause")).Code.Should().Be(204);
        var second = await server.SendAsync("POST", $"{path}/pause", "{}");
        second.Code.Should().Be(409);
        ((int?)second.Json["code"]).Should().Be(409);
        (await server.SendAsync("POST", $"{path}/timeout", """{"timeout":9}""")).Code.Should().Be(404);
        ((string?)(await server.SendAsync("GET", path)).Json["state"]).Should().Be("paused");

        var resumed = await server.SendAsync("POST", $"/v2{path}/connect");
        resumed.Code.Should().Be(201);
        resumed.Json.Should().BeEquivalentTo(created);
        (await server.SendAsync("POST", $"{path}/connect", """{"timeout":30}""")).Code.Should().Be(200);
        ((string?)(await server.SendAsync("POST", $"{path}/resume")).Json["message"]).Should().Be($"Sandbox {created["sandboxID"]} is already running");
        (await server.SendAsync("POST", $"{path}/refreshes")).Code.Should().Be(204);
        (await server.SendAsync("POST", $"{path}/refreshes", """{"duration":3601}""")).Code.Should().Be(400);

        (await server.SendAsync("DELETE", path)).Code.Should().Be(204);
        (await server.SendAsync("DELETE", path)).Code.Should().Be(404);
        (await server.SendAsync("POST", $"/v2{path}/connect")).Code.Should().Be(404);
        (await server.SendAsync("GET", path)).Json.Should().BeEquivalentTo(new JObject
        {
            ["code"] = 404,
            ["message"] = $"Sandbox \"{created["sandboxID"]}\" doesn't exist or you don't have access to it",
        });
    }

    [Test]
    public async Task Clients_of_the_first_generation_refresh_list_and_kill_with_the_whole_id()
    {
        await using var server = await PlaneServer.StartAsync();
        var body = await server.CreateAsync("""{"templateID":"code-interpreter-stateful","metadata":{"userID":"a"}}""", "/sandboxes");
        var path = $"/sandboxes/{body["sandboxID"]}";
        ((string?)body["sandboxID"]).Should().MatchRegex("^[a-z0-9]+$");
        ((string?)body["clientID"]).Should().MatchRegex("^[a-z0-9]+$");
        $"49982-{body["sandboxID"]}-{body["clientID"]}".Length.Should().BeLessThan(64, "it is one label of a host name");

        (await server.SendAsync("POST", $"{path}/refreshes", """{"duration":3600}""")).Code.Should().Be(204);
        server.Time.Advance(TimeSpan.FromMinutes(59));
        (await server.SendAsync("POST", $"{path}/refreshes", """{"duration":0}""")).Code.Should().Be(204, "it does not shorten the lifetime");
        var listed = (JObject)(await server.SendAsync("GET", "/sandboxes")).Array.Single();
        foreach (var name in (string[])["cpuCount", "memoryMB"]) listed[name]!.Type.Should().Be(JTokenType.Integer, name);
        foreach (var name in (string[])["sandboxID", "clientID", "templateID"]) ((string?)listed[name]).Should().Be((string?)body[name]);
        Time(listed, "startedAt").Should().BeBefore(server.Time.GetUtcNow());
        ((string?)listed["metadata"]!["userID"]).Should().Be("a");

        var id = $"{body["sandboxID"]}-{body["clientID"]}";
        (await server.SendAsync("DELETE", $"/sandboxes/{id}")).Code.Should().Be(204);
        var again = await server.SendAsync("DELETE", $"/sandboxes/{id}");
        again.Code.Should().Be(404);
        ((string?)again.Json["message"]).Should().Be($"Error killing sandbox - sandbox '{body["sandboxID"]}' was not found");
        var late = await server.SendAsync("POST", $"{path}/refreshes", """{"duration":0}""");
        late.Code.Should().Be(404);
        ((string?)late.Json["message"]).Should().Be($"Error refreshing sandbox - sandbox '{body["sandboxID"]}' was not found");
    }

    [TestCase(-1)]
    [TestCase(3601)]
    public async Task Refresh_is_for_an_hour_at_most(int seconds)
    {
        await using var server = await PlaneServer.StartAsync();
        var id = (await server.CreateAsync(path: "/sandboxes"))["sandboxID"];

        var answer = await server.SendAsync("POST", $"/sandboxes/{id}/refreshes", $$"""{"duration":{{seconds}}}""");

        answer.Code.Should().Be(400);
        ((string?)answer.Json["message"]).Should().Be("validation error: Duration must be between 0 and 3600 seconds");
    }

    [TestCase("nonexistingsandbox", 404)]
    [TestCase("UPPER", 400)]
    [TestCase("a.b", 400)]
    public async Task Id_of_another_form_is_invalid_and_an_unknown_one_is_not_found(string id, int status)
    {
        await using var server = await PlaneServer.StartAsync();

        (await server.SendAsync("GET", $"/sandboxes/{id}")).Code.Should().Be(status);
    }

    [Test]
    public async Task Missing_and_wrong_keys_are_unauthorized_and_a_preflight_needs_none()
    {
        await using var server = await PlaneServer.StartAsync();

        (await server.SendAsync("GET", "/v2/sandboxes", key: "")).Code.Should().Be(401);
        (await server.SendAsync("GET", "/v2/sandboxes", key: "e2b_0000")).Code.Should().Be(401);
        (await server.SendAsync("GET", "/health", key: "")).Code.Should().Be(200);
        var preflight = await server.SendAsync("OPTIONS", "/v2/sandboxes", key: "", headers: [("Origin", "http://a"), ("Access-Control-Request-Headers", "x-api-key")]);
        preflight.Code.Should().Be(204);
        preflight.Headers["Access-Control-Allow-Headers"].Should().Be("x-api-key");
    }

    [Test]
    public async Task Metrics_have_all_fields_and_a_range_before_the_creation_is_empty()
    {
        await using var server = await PlaneServer.StartAsync();
        var id = (string)(await server.CreateAsync())["sandboxID"]!;
        JArray samples;
        do
        {
            server.Time.Advance(TimeSpan.FromSeconds(5));
            samples = (await server.SendAsync("GET", $"/sandboxes/{id}/metrics")).Array;
        }
        while (samples.Count < 2);

        ((JObject)samples[0]).Properties().Select(field => field.Name).Should().BeEquivalentTo(
            "timestamp", "timestampUnix", "cpuCount", "cpuUsedPct", "memUsed", "memTotal", "memCache", "diskUsed", "diskTotal");
        (await server.SendAsync("GET", $"/sandboxes/{id}/metrics?start=0&end=100")).Array.Should().BeEmpty();
        ((JObject)(await server.SendAsync("GET", $"/sandboxes/metrics?sandbox_ids={id},iother")).Json["sandboxes"]!).Should().HaveCount(1);
    }

    [TestCase("base", 200)]
    [TestCase("code-interpreter-v1", 200)]
    [TestCase("other%2Fbase", 403)]
    [TestCase("missing", 404)]
    public async Task Alias_says_whether_a_template_exists(string alias, int status)
    {
        await using var server = await PlaneServer.StartAsync();

        (await server.SendAsync("GET", $"/templates/aliases/{alias}")).Code.Should().Be(status);
    }

    [TestCase("POST", "/v3/templates")]
    [TestCase("GET", "/volumes")]
    [TestCase("POST", "/secrets")]
    public async Task Features_that_are_missing_are_not_implemented(string method, string path)
    {
        await using var server = await PlaneServer.StartAsync();

        (await server.SendAsync(method, path, method == "GET" ? null : "{}")).Code.Should().Be(501);
    }

    private static DateTimeOffset Time(JObject body, string name) => DateTimeOffset.Parse((string)body[name]!);
}
