using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Kernels;
using KernelGateway.AspNetCore.Jupyter.Kernelspecs;
using KernelGateway.AspNetCore.Jupyter.Server;
using KernelGateway.AspNetCore.Jupyter.Sessions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing.Time;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

public class ServerTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Api_says_its_version(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var api = await server.Client.GetTokenAsync("/api", cancellationToken);

        api["version"]!.Value<string>().Should().MatchRegex(@"^\d+\.\d+\.\d+$");
        api["gateway_version"]!.Value<string>().Should().Be(api["version"]!.Value<string>());
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Status_counts_kernels_and_connections_and_tells_the_latest_activity(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider(DateTimeOffset.UnixEpoch);
        await using var server = await GatewayServer.StartAsync(time: time);
        time.Advance(TimeSpan.FromHours(1));

        var before = await server.Client.GetTokenAsync("/api/status", cancellationToken);
        await server.Client.GetTokenAsync("/api", cancellationToken);
        await server.Client.GetTokenAsync("/api/kernels?no_track_activity=1", cancellationToken);
        var looked = await server.Client.GetTokenAsync("/api/status/", cancellationToken);
        await server.Client.GetTokenAsync("/api/kernels", cancellationToken);
        var listed = await server.Client.GetTokenAsync("/api/status", cancellationToken);
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        time.Advance(TimeSpan.FromHours(1));
        using var stream = await server.Client.ExecuteAsync("print a", cancellationToken, new JObject { ["context_id"] = id });
        await stream.ReadUntilAsync("end_of_execution", cancellationToken);
        using var connection = server.Gateway.Contexts.Get(id).Kernel.Activity.AddConnection();
        var worked = await server.Client.GetTokenAsync("/api/status", cancellationToken);

        before.Children<JProperty>().Select(property => property.Name).Should().Equal("started", "last_activity", "kernels", "connections");
        before["started"]!.Value<string>().Should().Be("1970-01-01T00:00:00.000000Z");
        before["last_activity"]!.Value<string>().Should().Be("1970-01-01T00:00:00.000000Z");
        looked["last_activity"]!.Value<string>().Should().Be("1970-01-01T00:00:00.000000Z", "a GET request is not an activity");
        listed["last_activity"]!.Value<string>().Should().Be("1970-01-01T01:00:00.000000Z");
        listed["kernels"]!.Value<int>().Should().Be(0);
        worked["last_activity"]!.Value<string>().Should().Be("1970-01-01T02:00:00.000000Z", "activity of the kernel counts for every API");
        worked["kernels"]!.Value<int>().Should().Be(1);
        worked["connections"]!.Value<int>().Should().Be(1);
        worked["started"]!.Value<string>().Should().Be("1970-01-01T00:00:00.000000Z");
    }

    [TestCase("", "{}")]
    [TestCase("{}", "{}")]
    [TestCase("""{"kernels": ["execute", "read"], "sessions": ["write", "fly"], "contents": ["read"], "terminals": ["read"]}""",
        """{"kernels":["execute","read"],"sessions":["write"],"contents":[],"terminals":[]}""")]
    [CancelAfter(TestTimeout)]
    public async Task Me_says_who_asks_and_what_of_it_is_possible(string asked, string granted, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var me = await server.Client.GetTokenAsync($"/api/me?permissions={Uri.EscapeDataString(asked)}", cancellationToken);

        me["permissions"]!.ToString(Newtonsoft.Json.Formatting.None).Should().Be(granted);
        me["identity"]!.ToString(Newtonsoft.Json.Formatting.None).Should().Be(
            """{"username":"user","name":"user","display_name":"user","initials":"U","avatar_url":null,"color":null}""");
    }

    [TestCase("kernels")]
    [TestCase("[]")]
    [TestCase("{} {}")]
    [TestCase("""{"kernels": "read"}""")]
    [TestCase("""{"kernels": [1]}""")]
    [CancelAfter(TestTimeout)]
    public async Task Permissions_that_are_no_lists_by_resource_are_400(string asked, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.GetAsync($"/api/me?permissions={Uri.EscapeDataString(asked)}", cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.BadRequest, "Bad Request", cancellationToken)).Should().Contain("permissions");
    }

    [TestCase("/api/openapi.json")]
    [TestCase("/api/swagger.json")]
    [TestCase("/api/spec.yaml")]
    [TestCase("/api/swagger.yaml")]
    [CancelAfter(TestTimeout)]
    public async Task Description_is_also_where_Jupyters_clients_look_for_it(string path, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var there = await server.Client.GetStringAsync(path, cancellationToken);
        var here = await server.Client.GetStringAsync("/openapi.json", cancellationToken);

        there.Should().Be(here);
    }

    [TestCase("GET", "/api/workspaces")]
    [TestCase("POST", "/api/kernels/a/b/c")]
    [TestCase("PUT", "/api/terminals/1")]
    [TestCase("GET", "/api/kernels//interrupt/x")]
    [CancelAfter(TestTimeout)]
    public async Task Path_that_nothing_serves_is_404_in_JSON(string method, string path, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.SendAsync(method, path, cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken)).Should().Contain(path);
    }

    [TestCase("PUT", "/api/kernels", "GET, OPTIONS, POST")]
    [TestCase("POST", "/api/kernelspecs", "GET, OPTIONS")]
    [TestCase("POST", "/api/kernels/x", "DELETE, GET, OPTIONS")]
    [TestCase("GET", "/api/kernels/x/restart", "OPTIONS, POST")]
    [TestCase("PUT", "/api/sessions/x", "DELETE, GET, OPTIONS, PATCH")]
    [TestCase("DELETE", "/kernelspecs/echo/logo-64x64.png", "GET, HEAD, OPTIONS")]
    [CancelAfter(TestTimeout)]
    public async Task Method_that_a_path_does_not_have_is_405_and_those_it_has_are_named(
        string method, string path, string allowed, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.SendAsync(method, path, cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.MethodNotAllowed, "Method Not Allowed", cancellationToken)).Should().Contain(method);
        response.Content.Headers.Allow.Order().Should().Equal(allowed.Split(", "));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Routes_of_the_code_interpreter_keep_their_own_form_of_errors(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.SendAsync("PUT", "/execute", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        (await response.JsonAsync(cancellationToken))["code"]!.Value<string>().Should().Be("method_not_allowed");
    }

    [TestCase("/api/")]
    [TestCase("/api/status/")]
    [TestCase("/api/kernels/")]
    [TestCase("/api/kernelspecs/")]
    [TestCase("/api/kernelspecs/echo/")]
    [TestCase("/api/sessions/")]
    [TestCase("/API/Kernels")]
    [CancelAfter(TestTimeout)]
    public async Task Slash_at_the_end_does_not_matter(string path, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.GetAsync(path, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Refusals_of_the_guard_have_Jupyters_form(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var stranger = server.NewClient();
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/api/kernels") { Headers = { Host = "evil.example" } };
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/api/kernels") { Headers = { { "Origin", "https://evil.example" } } };

        using var unauthorized = await stranger.GetAsync("/api/kernels", cancellationToken);
        using var host = await server.Client.SendAsync(rebound, cancellationToken);
        using var origin = await server.Client.SendAsync(foreign, cancellationToken);

        await unauthorized.ErrorAsync(HttpStatusCode.Unauthorized, "Unauthorized", cancellationToken);
        (await host.ErrorAsync(HttpStatusCode.Forbidden, "Forbidden", cancellationToken)).Should().Contain("evil.example");
        (await origin.ErrorAsync(HttpStatusCode.Forbidden, "Forbidden", cancellationToken)).Should().Contain("evil.example");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Browsers_may_ask_beforehand_for_every_path(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: options => options.AllowedOrigins.Add("https://pages.example.com"));
        using var stranger = server.NewClient();

        foreach (var path in new[] { "/api", "/api/me", "/api/kernels", "/api/kernels/x/restart", "/api/sessions/x", "/kernelspecs/x/y", "/api/z" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, path) { Headers = { { "Origin", "https://pages.example.com" } } };
            using var response = await stranger.SendAsync(request, cancellationToken);
            response.IsSuccessStatusCode.Should().BeTrue(path);
            response.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("https://pages.example.com");
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Answers_have_the_properties_that_are_described(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var document = await server.Client.GetTokenAsync("/openapi.json", cancellationToken);
        var session = await server.Client.CreateSessionAsync("a.ipynb", cancellationToken);
        using var missing = await server.Client.PostJsonAsync(
            "/api/sessions", JObject.Parse("""{"path": "b", "type": "console", "kernel": {"name": "x"}}"""), cancellationToken);

        AssertDescribed("SessionBody", session);
        AssertDescribed("KernelBody", (JObject)session["kernel"]!, "reason");
        AssertDescribed("SessionNotebookBody", (JObject)session["notebook"]!);
        AssertDescribed("MissingKernelBody", (JObject)await missing.JsonAsync(cancellationToken));
        AssertDescribed("KernelSpecsBody", await GetAsync("/api/kernelspecs"));
        AssertDescribed("KernelSpecBody", await GetAsync("/api/kernelspecs/echo"));
        AssertDescribed("KernelSpecFileBody", (JObject)(await GetAsync("/api/kernelspecs/echo"))["spec"]!);
        AssertDescribed("StatusBody", await GetAsync("/api/status"));
        AssertDescribed("MeBody", await GetAsync("/api/me"));
        AssertDescribed("IdentityBody", (JObject)(await GetAsync("/api/me"))["identity"]!);
        AssertDescribed("ApiBody", await GetAsync("/api"));

        async Task<JObject> GetAsync(string path) => (JObject)await server.Client.GetTokenAsync(path, cancellationToken);

        void AssertDescribed(string schema, JObject answer, params string[] notThere)
        {
            var described = document["components"]!["schemas"]![schema]!["properties"]!.Children<JProperty>().Select(property => property.Name);
            answer.Properties().Select(property => property.Name).Should().BeEquivalentTo(described.Except(notThere), schema);
        }
    }
}
