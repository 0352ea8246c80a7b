using System.IO.Compression;
using System.Net;
using System.Text;
using FluentAssertions;
using Google.Protobuf;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Connect;

/// <summary>The Connect protocol, on methods of the service for files.</summary>
public class ConnectProtocolTests
{
    private const int TestTimeout = 60_000;
    private const string Stat = "/filesystem.Filesystem/Stat";
    private const string Watch = "/filesystem.Filesystem/WatchDir";

    [TestCase("application/json", HttpStatusCode.OK)]
    [TestCase("application/json; charset=utf-8", HttpStatusCode.OK)]
    [TestCase("APPLICATION/JSON", HttpStatusCode.OK)]
    [TestCase("application/connect+json", HttpStatusCode.UnsupportedMediaType)]
    [TestCase("text/plain", HttpStatusCode.UnsupportedMediaType)]
    [TestCase(null, HttpStatusCode.UnsupportedMediaType)]
    [CancelAfter(TestTimeout)]
    public async Task Unary_methods_accept_the_types_of_unary_messages(string? type, HttpStatusCode status, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var response = await server.Client.PostRawAsync(Stat, """{"path": "/"}"""u8.ToArray(), type, cancellationToken);

        response.StatusCode.Should().Be(status);
        if (status != HttpStatusCode.OK)
            response.Headers.GetValues("Accept-Post").Should().Equal("application/json, application/proto");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Messages_can_be_protocol_buffers(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        // Field 1, a string.
        byte[] request = [0x0A, (byte)server.Folder.Length, .. Encoding.UTF8.GetBytes(server.Folder)];
        using var response = await server.Client.PostRawAsync(Stat, request, "application/proto", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/proto");
        var entry = new CodedInputStream(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        entry.ReadTag().Should().Be(0x0A, "the entry is field 1");
        entry.ReadLength();
        entry.ReadTag().Should().Be(0x0A, "its name is field 1");
        entry.ReadString().Should().Be(Path.GetFileName(server.Folder));
        entry.ReadTag().Should().Be(0x10, "its type is field 2");
        entry.ReadEnum().Should().Be(2, "it is a directory");
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("\"text\"")]
    [TestCase("""{"path": 1}""")]
    [TestCase("""{"path": {"a": "b"}}""")]
    [CancelAfter(TestTimeout)]
    public async Task Malformed_message_is_an_invalid_argument(string body, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var response = await server.Client.PostRawAsync(Stat, Encoding.UTF8.GetBytes(body), "application/json", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json");
        var error = await response.JsonAsync(cancellationToken);
        ((string?)error["code"]).Should().Be("invalid_argument");
        ((string?)error["message"]).Should().StartWith("unmarshal message: ");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Bad_utf8_and_bad_protocol_buffers_are_invalid_arguments(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var text = await server.Client.PostRawAsync(Stat, [0x7B, 0xFF, 0x7D], "application/json", cancellationToken);
        using var binary = await server.Client.PostRawAsync(Stat, [0x0A, 0xFF], "application/proto", cancellationToken);

        text.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        binary.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        ((string?)(await binary.JsonAsync(cancellationToken))["code"]).Should().Be("invalid_argument");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_fields_are_ignored_and_names_in_snake_case_accepted(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var response = await server.Client.PostRawAsync(
            "/filesystem.Filesystem/CreateWatcher",
            Encoding.UTF8.GetBytes($$"""{"path": "{{server.Folder}}", "include_entry": true, "unknown": [1, {"a": null}]}"""),
            "application/json",
            cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_method_is_unimplemented(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var response = await server.Client.PostJsonAsync("/filesystem.Filesystem/Fly", new JObject(), cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(
            """{"code":"unimplemented","message":"filesystem.Filesystem has no method 'Fly'"}""");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Other_methods_of_http_are_not_allowed(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var response = await server.Client.GetAsync(Stat, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.Allow.Should().Contain("POST");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Request_without_the_token_is_unauthenticated(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var stranger = server.Gateway.NewClient();

        using var response = await stranger.PostJsonAsync(Stat, new JObject(), cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(
            """{"code":"unauthenticated","message":"unauthorized access, please provide a valid access token """
            + """or method signing if supported"}""");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Message_longer_than_the_limit_exhausts_resources(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(http: options => options.MaxRequestBodyBytes = 1024);
        var body = Encoding.UTF8.GetBytes($$"""{"path": "{{new string('a', 1024)}}"}""");

        using var unary = await server.Client.PostRawAsync(Stat, body, "application/json", cancellationToken);
        using var stream = await server.StreamRawAsync(Watch, EnvelopeStream.Envelope(0, body), cancellationToken);
        using var announced = await server.StreamRawAsync(Watch, [0, 0xFF, 0xFF, 0xFF, 0xFF], cancellationToken);

        unary.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        ((string?)(await unary.JsonAsync(cancellationToken))["code"]).Should().Be("resource_exhausted");
        ((string?)(await stream.ReadEndAsync(cancellationToken))!["code"]).Should().Be("resource_exhausted");
        ((string?)(await announced.ReadEndAsync(cancellationToken))!["message"])
            .Should().Be("message size 4294967295 is larger than configured max 1024");
    }

    [TestCase("", "unimplemented")]
    [TestCase("00", "invalid_argument")]
    [TestCase("00000000", "invalid_argument")]
    [TestCase("0000000005", "invalid_argument")]
    [TestCase("000000000500", "invalid_argument")]
    [TestCase("02000000027B7D", "invalid_argument")]
    [TestCase("80000000027B7D", "invalid_argument")]
    [TestCase("01000000027B7D", "internal")]
    [TestCase("0000000000", "invalid_argument")]
    [TestCase("00000000017B", "invalid_argument")]
    [CancelAfter(TestTimeout)]
    public async Task Error_of_a_stream_is_in_its_end_behind_status_200(string body, string code, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var stream = await server.StreamRawAsync(Watch, Convert.FromHexString(body), cancellationToken);

        stream.Response.StatusCode.Should().Be(HttpStatusCode.OK);
        stream.Response.Content.Headers.ContentType!.ToString().Should().Be(EnvelopeStream.JsonType);
        ((string?)(await stream.ReadEndAsync(cancellationToken))!["code"]).Should().Be(code);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Compressed_messages_are_unpacked(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var packed = Pack("""{"path": "/no/such"}""");
        using var unary = new HttpRequestMessage(HttpMethod.Post, Stat) { Content = new ByteArrayContent(packed) };
        unary.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        unary.Content.Headers.TryAddWithoutValidation("Content-Encoding", "gzip");

        using var response = await server.Client.SendAsync(unary, cancellationToken);
        using var stream = await server.StreamRawAsync(
            Watch, EnvelopeStream.Envelope(1, packed), cancellationToken, ("Connect-Content-Encoding", "gzip"));

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        ((string?)(await stream.ReadEndAsync(cancellationToken))!["code"]).Should().Be("not_found");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_compression_is_unimplemented(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var stream = await server.StreamRawAsync(Watch, [], cancellationToken, ("Connect-Content-Encoding", "br"));

        ((string?)(await stream.ReadEndAsync(cancellationToken))!["code"]).Should().Be("unimplemented");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Server_that_stops_breaks_streams_off_without_an_end(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var stream = await server.StreamAsync(Watch, new() { ["path"] = server.Folder }, cancellationToken);
        await stream.ReadAsync(cancellationToken);

        var stopping = server.Gateway.StopAsync();

        await stream.Invoking(open => open.ReadRawAsync(cancellationToken)).Should().ThrowAsync<IOException>();
        await stopping;
    }

    private static byte[] Pack(string text)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return output.ToArray();
    }
}
