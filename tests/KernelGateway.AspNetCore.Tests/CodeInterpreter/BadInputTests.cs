using System.Net;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter;

public class BadInputTests
{
    private const int TestTimeout = 60_000;

    private static readonly string[] SdkRoutes = ["/execute", "/contexts"];

    [TestCase("""{"code": 1}""", "code", "string_type")]
    [TestCase("""{"code": null}""", "code", "string_type")]
    [TestCase("""{"language": "echo"}""", "code", "missing")]
    [TestCase("""{"code": "x", "context_id": 1}""", "context_id", "string_type")]
    [TestCase("""{"code": "x", "language": ["echo"]}""", "language", "string_type")]
    [TestCase("""{"code": "x", "env_vars": "A=1"}""", "env_vars", "dict_type")]
    [TestCase("""{"code": "x", "env_vars": {"A": 1}}""", "env_vars.A", "string_type")]
    [TestCase("""{"code": "x", "env_vars": {"A=B": "1"}}""", "env_vars.A=B", "value_error")]
    [TestCase("""{"code": "x", "env_vars": {"A": "\u0000"}}""", "env_vars.A", "value_error")]
    [TestCase("""{"code": "x", "env_vars": {"A": "1"}}""", "env_vars", "value_error")]
    [TestCase("""{"code": "x", "timeout": "5"}""", "timeout", "float_type")]
    [TestCase("""{"code": "x", "timeout": -1}""", "timeout", "greater_than_equal")]
    [TestCase("""{"code": "x", "timeout": 1e300}""", "timeout", "less_than_equal")]
    [TestCase("""{"code": "x", "on_disconnect": "explode"}""", "on_disconnect", "literal_error")]
    [TestCase("""{"code": "x", "allow_stdin": "yes"}""", "allow_stdin", "bool_type")]
    [TestCase("""{"code": "x", "store_history": "no"}""", "store_history", "bool_type")]
    [TestCase("""{"code": "x", "detail": 1}""", "detail", "bool_type")]
    [CancelAfter(TestTimeout)]
    public async Task Field_of_the_wrong_shape_is_named_in_the_answer(string body, string field, string type, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostRawAsync("/execute", Encoding.UTF8.GetBytes(body), "application/json", cancellationToken);
        var fault = (await response.JsonAsync(cancellationToken))["detail"]!.Should().BeOfType<JArray>().Which.Should().ContainSingle().Subject;

        response.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        fault["type"]!.Value<string>().Should().Be(type);
        string.Join('.', fault["loc"]!.Values<string>()).Should().Be($"body.{field}");
        fault["msg"]!.Value<string>().Should().NotBeEmpty();
    }

    [TestCase("")]
    [TestCase("code")]
    [TestCase("""{"code": "x" """)]
    [TestCase("""{"code": "x"} more""")]
    [TestCase("[]")]
    [TestCase("\"code\"")]
    [CancelAfter(TestTimeout)]
    public async Task Body_that_is_no_JSON_object_is_refused(string body, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostRawAsync("/execute", Encoding.UTF8.GetBytes(body), "application/json", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await response.JsonAsync(cancellationToken))["detail"]![0]!["type"]!.Value<string>().Should().Be("json_invalid");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Body_that_is_not_UTF8_or_nested_without_end_is_refused(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        byte[] notUtf8 = [.. "{\"code\": \""u8, 0xff, .. "\"}"u8];
        var nested = Encoding.ASCII.GetBytes("{\"code\": " + new string('[', 100_000));

        using var first = await server.Client.PostRawAsync("/execute", notUtf8, "application/json", cancellationToken);
        using var second = await server.Client.PostRawAsync("/execute", nested, "application/json", cancellationToken);

        first.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        second.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Body_that_is_not_declared_to_be_JSON_is_refused(
        [ValueSource(nameof(SdkRoutes))] string path,
        [Values("text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", null)] string? mediaType,
        CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostRawAsync(path, "{\"code\": \"1\"}"u8.ToArray(), mediaType, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
        (await response.JsonAsync(cancellationToken))["code"]!.Value<string>().Should().Be("unsupported_media_type");
        server.Gateway.Contexts.List().Should().BeEmpty("a form on a web page can send such a body without a preflight request");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Context_and_language_together_are_refused_in_the_words_the_SDKs_show(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostJsonAsync(
            "/execute", new JObject { ["code"] = "x", ["context_id"] = "a", ["language"] = "echo" }, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        response.Content.Headers.ContentType!.ToString().Should().Be("text/plain; charset=utf-8");
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be("Only one of context_id or language can be provided");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_context_is_refused_in_the_words_the_SDKs_show(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var execute = await server.Client.PostJsonAsync(
            "/execute", new JObject { ["code"] = "x", ["context_id"] = "no-such" }, cancellationToken);
        using var restart = await server.Client.PostRawAsync("/contexts/no-such/restart", [], null, cancellationToken);

        foreach (var response in new[] { execute, restart })
        {
            response.StatusCode.Should().Be(HttpStatusCode.NotFound);
            (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be("Context no-such not found");
        }
    }

    [TestCase("GET", "/contexts/no-such", "context_not_found")]
    [TestCase("POST", "/contexts/no-such/interrupt", "context_not_found")]
    [TestCase("POST", "/contexts/no-such/input", "context_not_found")]
    [TestCase("GET", "/executions/no-such", "execution_not_found")]
    [TestCase("GET", "/executions/no-such/events", "execution_not_found")]
    [TestCase("POST", "/executions/no-such/interrupt", "execution_not_found")]
    [CancelAfter(TestTimeout)]
    public async Task What_does_not_exist_is_refused_with_a_code_on_routes_of_our_own(
        string method, string path, string code, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await server.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        (await response.JsonAsync(cancellationToken))["code"]!.Value<string>().Should().Be(code);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_language_names_what_is_installed_and_where_was_looked(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var execute = await server.Client.PostJsonAsync(
            "/execute", new JObject { ["code"] = "x", ["language"] = "klingon" }, cancellationToken);
        using var create = await server.Client.PostJsonAsync("/contexts", new JObject { ["language"] = "klingon" }, cancellationToken);

        foreach (var response in new[] { execute, create })
        {
            response.StatusCode.Should().Be(HttpStatusCode.InternalServerError, "the SDKs expect this status");
            (await response.Content.ReadAsStringAsync(cancellationToken))
                .Should().StartWith("Failed to create context: ").And.Contain("klingon").And.Contain("echo").And.Contain("Looked in");
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_longer_than_the_option_is_refused_and_a_little_shorter_runs(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options => options.Contexts.MaxCodeBytes = 1000);
        var longest = "return " + new string('é', 496) + "a";

        using var tooLong = await server.Client.PostJsonAsync("/execute", new JObject { ["code"] = longest + "b" }, cancellationToken);
        using var stream = await server.Client.ExecuteAsync(longest, cancellationToken);

        tooLong.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        (await tooLong.JsonAsync(cancellationToken))["code"]!.Value<string>().Should().Be("too_large");
        (await stream.ReadUntilAsync("end_of_execution", cancellationToken))["reason"]!.Value<string>().Should().Be("completed");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Body_longer_than_the_option_is_refused_whether_its_length_is_declared_or_not([Values] bool isDeclared, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: options => options.MaxRequestBodyBytes = 10_000);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/execute")
        {
            Content = new ByteArrayContent(Encoding.ASCII.GetBytes($$"""{"code": "{{new string('x', 20_000)}}"}""")),
        };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TransferEncodingChunked = !isDeclared;

        using var response = await server.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        (await response.JsonAsync(cancellationToken))["code"]!.Value<string>().Should().Be("too_large");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Full_queue_is_reported_with_the_time_to_try_again(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options => options.Contexts.MaxQueuedExecutions = 1);
        using var running = await server.Client.ExecuteAsync("wait gate", cancellationToken);
        using var waiting = await server.Client.ExecuteAsync("return 1", cancellationToken);

        using var refused = await server.Client.PostJsonAsync("/execute", new JObject { ["code"] = "return 2" }, cancellationToken);

        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta.Should().BePositive();
        (await refused.JsonAsync(cancellationToken))["code"]!.Value<string>().Should().Be("queue_full");
        (await server.KernelAsync(cancellationToken)).Release("gate");
        (await waiting.ReadUntilAsync("result", cancellationToken))["text"]!.Value<string>().Should().Be("1");
    }

    [TestCase("-1")]
    [TestCase("x")]
    [TestCase("99999999999999999999")]
    [CancelAfter(TestTimeout)]
    public async Task Place_to_resume_at_that_is_no_number_is_refused(string after, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.GetAsync($"/executions/x/events?after={after}", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.JsonAsync(cancellationToken))["code"]!.Value<string>().Should().Be("malformed_request");
    }

    [TestCase("""{}""")]
    [TestCase("""{"value": 1}""")]
    [TestCase("""{"value": "x", "execution_id": 1}""")]
    [TestCase("""nonsense""")]
    [CancelAfter(TestTimeout)]
    public async Task Input_of_the_wrong_shape_is_refused(string body, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var context = await server.Client.CreateContextAsync(cancellationToken);

        using var response = await server.Client.PostRawAsync(
            $"/contexts/{context}/input", Encoding.UTF8.GetBytes(body), "application/json", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.JsonAsync(cancellationToken))["code"]!.Value<string>().Should().Be("malformed_request");
    }
}
