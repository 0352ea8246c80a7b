using System.Net;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

public class KernelSpecTests
{
    private const int TestTimeout = 60_000;

    private static readonly string[] NotServed = ["../../secret.txt", "..%2F..%2Fsecret.txt", "%2e%2e/%2e%2e/secret.txt", "%2Fetc%2Fhostname", "missing.png", ".", ""];

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernelspecs_are_complete_and_say_which_is_the_default(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        await WriteAsync(server, "logo-64x64.png", "logo-svg.svg", "kernel.js", "kernel.css", "logo-svg.png", "other.txt", "LOGO-32.png");

        var listing = await server.Client.GetTokenAsync("/api/kernelspecs?user=ada", cancellationToken);
        var shown = await server.Client.GetTokenAsync("/api/kernelspecs/ECHO", cancellationToken);

        listing["default"]!.Value<string>().Should().Be("echo");
        listing["kernelspecs"]!.Children<JProperty>().Select(property => property.Name).Should().Equal("echo");
        JToken.DeepEquals(listing["kernelspecs"]!["echo"], shown).Should().BeTrue();
        JToken.DeepEquals(shown, JObject.Parse(
            """
            {
              "name": "echo",
              "spec": {
                "argv": ["echo-kernel"], "env": {}, "display_name": "Echo", "language": "echo", "interrupt_mode": "signal", "metadata": {},
                "kernel_protocol_version": ""
              },
              "resources": {
                "kernel.css": "/kernelspecs/echo/kernel.css", "kernel.js": "/kernelspecs/echo/kernel.js",
                "logo-64x64": "/kernelspecs/echo/logo-64x64.png", "logo-svg": "/kernelspecs/echo/logo-svg.png"
              }
            }
            """)).Should().BeTrue(shown.ToString());
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Content_of_kernel_json_is_returned_unchanged(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        await File.WriteAllTextAsync(
            Path.Combine(server.EchoDirectory, "kernel.json"),
            """
            {"argv": ["e", "{connection_file}"], "display_name": "É", "language": "Echo", "interrupt_mode": "Message",
             "env": {"SnakeCase": "${HOME}"}, "metadata": {"camelCase": {"When": "2026-01-01T00:00:00Z"}, "debugger": true},
             "kernel_protocol_version": "5.4"}
            """,
            cancellationToken);

        var spec = (await server.Client.GetTokenAsync("/api/kernelspecs/echo", cancellationToken))["spec"]!;

        JToken.DeepEquals(spec, HttpCalls.Parse(
            """
            {"argv": ["e", "{connection_file}"], "env": {"SnakeCase": "${HOME}"}, "display_name": "É", "language": "Echo",
             "interrupt_mode": "message", "metadata": {"camelCase": {"When": "2026-01-01T00:00:00Z"}, "debugger": true},
             "kernel_protocol_version": "5.4"}
            """)).Should().BeTrue(spec.ToString());
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_kernelspec_is_404_and_the_message_lists_the_installed_ones(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var spec = await server.Client.GetAsync("/api/kernelspecs/cobol", cancellationToken);
        using var file = await server.Client.GetAsync("/kernelspecs/cobol/logo-64x64.png", cancellationToken);

        (await spec.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken)).Should().Contain("'cobol'").And.Contain("echo");
        await file.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken);
    }

    [TestCase("logo-64x64.png", "image/png", 2592000)]
    [TestCase("logo-svg.svg", "image/svg+xml", null)]
    [TestCase("kernel.js", "text/javascript", null)]
    [TestCase("kernel.css", "text/css", null)]
    [TestCase("kernel.json", "application/json", null)]
    [TestCase("images/big.png", "image/png", 2592000)]
    [TestCase("some.unknown", "application/octet-stream", null)]
    [CancelAfter(TestTimeout)]
    public async Task File_is_given_with_its_type(string file, string type, int? maxAge, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        if (file != "kernel.json") await WriteAsync(server, file);

        using var response = await server.Client.GetAsync($"/kernelspecs/echo/{file}", cancellationToken);
        using var head = await server.Client.SendAsync("HEAD", $"/kernelspecs/echo/{file}", cancellationToken);
        var content = await response.Content.ReadAsByteArrayAsync(cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        content.Should().Equal(await File.ReadAllBytesAsync(Path.Combine(server.EchoDirectory, file), cancellationToken));
        response.Content.Headers.ContentType!.MediaType.Should().Be(type);
        response.Headers.CacheControl?.MaxAge.Should().Be(maxAge is null ? null : TimeSpan.FromSeconds(maxAge.Value));
        response.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        head.StatusCode.Should().Be(HttpStatusCode.OK);
        head.Content.Headers.ContentLength.Should().Be(content.Length);
        head.Content.Headers.ContentType!.MediaType.Should().Be(type);
        (await head.Content.ReadAsByteArrayAsync(cancellationToken)).Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Nothing_outside_of_the_directory_is_given(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var secret = Path.Combine(Path.GetDirectoryName(server.EchoDirectory)!, "secret.txt");
        await File.WriteAllTextAsync(secret, "secret", cancellationToken);
        var outside = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(server.EchoDirectory)!, "echo-2")).FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "logo-1.png"), "secret", cancellationToken);
        File.CreateSymbolicLink(Path.Combine(server.EchoDirectory, "logo-link.png"), secret);
        File.CreateSymbolicLink(Path.Combine(server.EchoDirectory, "logo-up.png"), "../echo-2/logo-1.png");
        Directory.CreateSymbolicLink(Path.Combine(server.EchoDirectory, "images"), outside);
        File.CreateSymbolicLink(Path.Combine(server.EchoDirectory, "logo-round.png"), Path.Combine(server.EchoDirectory, "logo-round.png"));

        var resources = (await server.Client.GetTokenAsync("/api/kernelspecs/echo", cancellationToken))["resources"]!;
        string[] links = ["logo-link.png", "logo-up.png", "images/logo-1.png", "logo-round.png"];
        foreach (var path in NotServed.Concat(links))
        {
            var response = await SendAsItIsAsync(server, $"/kernelspecs/echo/{path}", cancellationToken);
            response.Should().StartWith("HTTP/1.1 404", path).And.NotEndWith("secret", path);
        }

        resources.Should().BeEmpty("files that are not served are not listed");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    [Platform("Linux")]
    public async Task A_named_pipe_in_place_of_a_logo_is_not_there(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var making = System.Diagnostics.Process.Start("mkfifo", Path.Combine(server.EchoDirectory, "logo-64x64.png"));
        await making.WaitForExitAsync(cancellationToken);

        using var logo = await server.Client.GetAsync("/kernelspecs/echo/logo-64x64.png", cancellationToken);
        var resources = (await server.Client.GetTokenAsync("/api/kernelspecs/echo", cancellationToken))["resources"]!;

        logo.StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound);
        resources.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Links_within_the_directory_and_a_directory_that_is_a_link_are_followed(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options => options.KernelSpecs.AllowedKernelSpecs.Add("linked"));
        await WriteAsync(server, "images/big.png");
        File.CreateSymbolicLink(Path.Combine(server.EchoDirectory, "logo-64x64.png"), "images/../images/big.png");
        Directory.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(server.EchoDirectory)!, "linked"), server.EchoDirectory);

        var text = await server.Client.GetStringAsync("/kernelspecs/linked/logo-64x64.png", cancellationToken);
        var resources = (await server.Client.GetTokenAsync("/api/kernelspecs/linked", cancellationToken))["resources"]!;

        text.Should().Be("content of images/big.png");
        resources["logo-64x64"]!.Value<string>().Should().Be("/kernelspecs/linked/logo-64x64.png");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Without_any_kernelspec_the_listing_is_empty_and_still_names_a_default(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        Directory.Delete(server.EchoDirectory, recursive: true);
        Directory.CreateDirectory(server.EchoDirectory);

        var listing = await server.Client.GetTokenAsync("/api/kernelspecs", cancellationToken);

        listing["kernelspecs"]!.Should().BeEmpty();
        listing["default"]!.Value<string>().Should().Be("echo");
    }

    private static async Task WriteAsync(GatewayServer server, params IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            var path = Path.Combine(server.EchoDirectory, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, $"content of {file}");
        }
    }

    // HttpClient would normalize the path.
    private static async Task<string> SendAsItIsAsync(GatewayServer server, string path, CancellationToken cancellationToken)
    {
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(server.Address.Host, server.Address.Port, cancellationToken);
        var stream = socket.GetStream();
        var request = $"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: token {GatewayServer.Token}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
