using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Machine;

public class MachineTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Health_answers_each_of_the_two_daemons_as_its_clients_expect(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var stranger = server.Gateway.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.Add("E2b-Sandbox-Port", "49983");

        using var daemon = await stranger.SendAsync(request, cancellationToken);
        using var interpreter = await stranger.GetAsync("/health", cancellationToken);

        daemon.StatusCode.Should().Be(HttpStatusCode.NoContent);
        daemon.Headers.CacheControl!.NoStore.Should().BeTrue();
        (await interpreter.Content.ReadAsStringAsync(cancellationToken)).Should().Be("\"OK\"");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Metrics_have_the_fields_of_the_original(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var response = await server.Client.GetAsync("/metrics", cancellationToken);

        var metrics = (JObject)await response.EnsureSuccessStatusCode().JsonAsync(cancellationToken);
        metrics.Properties().Select(property => property.Name).Should().Equal(
            "ts", "cpu_count", "cpu_used_pct", "mem_total", "mem_used", "mem_cache", "disk_total", "disk_used", "mem_total_mib", "mem_used_mib");
        ((long)metrics["mem_used"]!).Should().BePositive().And.BeLessThanOrEqualTo((long)metrics["mem_total"]!);
        ((long)metrics["disk_used"]!).Should().BeLessThanOrEqualTo((long)metrics["disk_total"]!);
        ((double)metrics["cpu_used_pct"]!).Should().BeInRange(0, 100);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Variables_are_those_of_the_options_with_the_mark_of_a_sandbox(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(options: options => options.Launching.Variables["GIVEN"] = "1");

        (await ReadVariablesAsync(server, cancellationToken)).Should().BeEquivalentTo(
            new Dictionary<string, string> { ["E2B_SANDBOX"] = "true", ["GIVEN"] = "1" });
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Init_replaces_its_variables_and_keeps_those_of_the_options_and_of_the_sandbox(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(options: options => options.Launching.Variables["GIVEN"] = "1");

        using var first = await InitAsync(server, """{"envVars": {"A": "a", "E2B_SANDBOX": "false"}}""", cancellationToken);
        using var second = await InitAsync(server, """{"envVars": {"B": "b", "GIVEN": "2"}}""", cancellationToken);
        using var third = await InitAsync(server, "{}", cancellationToken);

        first.StatusCode.Should().Be(HttpStatusCode.NoContent);
        first.Headers.GetValues("X-Envd-Version").Should().Equal("0.6.13");
        (await ReadVariablesAsync(server, cancellationToken)).Should().BeEquivalentTo(
            new Dictionary<string, string> { ["E2B_SANDBOX"] = "true", ["GIVEN"] = "2", ["B"] = "b" });
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Variables_reach_the_kernels_that_start_later(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var init = await InitAsync(server, """{"envVars": {"A": "a", "B": "b"}}""", cancellationToken);

        await server.Client.CreateContextAsync(cancellationToken, JObject.Parse("""{"env_vars": {"B": "of the context"}}"""));

        var launch = server.Gateway.Provisioner.Launches.Items.Single();
        launch.Environment.Should().Contain("A", "a").And.Contain("B", "of the context").And.Contain("E2B_SANDBOX", "true");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Init_that_is_older_than_the_last_one_changes_nothing(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var late = await InitAsync(server, """{"timestamp": "2026-01-02T00:00:00Z", "envVars": {"A": "new"}}""", cancellationToken);
        using var early = await InitAsync(server, """{"timestamp": "2026-01-01T00:00:00Z", "envVars": {"A": "old"}}""", cancellationToken);

        early.StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await ReadVariablesAsync(server, cancellationToken)).Should().Contain("A", "new");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Init_sets_the_directory_that_an_empty_path_means(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var init = await InitAsync(server, """{"defaultWorkdir": "/tmp"}""", cancellationToken);

        var answer = await server.AnswerAsync("Stat", [], cancellationToken);
        ((string?)answer["entry"]!["path"]).Should().Be("/tmp");
    }

    [TestCase("""{"envVars": []}""", "envVars is not an object")]
    [TestCase("""{"envVars": {"A": 1}}""", "envVars: the value of 'A' is not a string")]
    [TestCase("""{"envVars": {"A=B": "x"}}""", "envVars: a name contains '=', or a name or value contains NUL")]
    [TestCase("""{"accessToken": "another"}""", "accessToken: the token is set when the gateway starts")]
    [TestCase("""{"defaultUser": "nobody-of-that-name"}""", "defaultUser: user: unknown user nobody-of-that-name")]
    [TestCase("""{"defaultWorkdir": "relative"}""", "defaultWorkdir is not an absolute path")]
    [TestCase("""{"volumeMounts": [{"path": "/x"}]}""", "volumeMounts: mounts are not supported")]
    [TestCase("""{"timestamp": "soon"}""", "timestamp is not a time in RFC 3339")]
    [CancelAfter(TestTimeout)]
    public async Task Init_with_a_value_that_cannot_be_used_is_refused(string body, string message, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var response = await InitAsync(server, body, cancellationToken);

        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(
            new JObject { ["code"] = 400, ["message"] = message }.ToString(Formatting.None));
    }

    [TestCase("GET", "/envs")]
    [TestCase("GET", "/metrics")]
    [TestCase("POST", "/init")]
    [TestCase("POST", "/files/compose")]
    [TestCase("PUT", "/files")]
    [CancelAfter(TestTimeout)]
    public async Task Request_without_a_token_gets_the_error_of_the_original(
        string method, string path, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var stranger = server.Gateway.NewClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await stranger.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        var error = (JObject)await response.JsonAsync(cancellationToken);
        error.Properties().Select(property => property.Name).Should().Equal("code", "message");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Without_the_services_there_are_no_such_routes(CancellationToken cancellationToken)
    {
        await using var gateway = await GatewayServer.StartAsync();

        using var variables = await gateway.Client.GetAsync("/envs", cancellationToken);
        using var stat = await gateway.Client.PostJsonAsync("/filesystem.Filesystem/Stat", new JObject(), cancellationToken);

        variables.StatusCode.Should().Be(HttpStatusCode.NotFound);
        stat.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    private static Task<HttpResponseMessage> InitAsync(EnvdServer server, string body, CancellationToken cancellationToken) =>
        server.Client.PostRawAsync("/init", System.Text.Encoding.UTF8.GetBytes(body), "application/json", cancellationToken);

    private static async Task<Dictionary<string, string>> ReadVariablesAsync(EnvdServer server, CancellationToken cancellationToken)
    {
        using var response = await server.Client.GetAsync("/envs", cancellationToken);
        return (await response.EnsureSuccessStatusCode().JsonAsync(cancellationToken)).ToObject<Dictionary<string, string>>()!;
    }
}
