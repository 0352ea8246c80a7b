using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Envd.Files;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Files;

public class SignatureTests
{
    private const int TestTimeout = 60_000;

    [Test]
    public void Known_signature_is_made() =>
        FileSignature.Create("hello.txt", "read", "user", "0tQG31xiMp0IOQfaz9dcwi72L1CPo8e0", "")
            .Should().Be("v1_gUtH/s9YCJWgCizjfUxuWfhFE4QSydOWEIIvfLwDr6E");

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Signed_url_works_without_the_token_until_it_expires(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        await using var server = await EnvdServer.StartAsync(time: time);
        await File.WriteAllTextAsync(server.PathOf("a b"), "hello", cancellationToken);
        using var stranger = server.Gateway.NewClient();
        var expiration = $"{time.GetUtcNow().ToUnixTimeSeconds() + 10}";
        var url = Sign(server.PathOf("a b"), "read", expiration);

        var content = await stranger.GetStringAsync(url, cancellationToken);
        time.Advance(TimeSpan.FromSeconds(11));
        using var expired = await stranger.GetAsync(url, cancellationToken);

        content.Should().Be("hello");
        expired.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await expired.Content.ReadAsStringAsync(cancellationToken)).Should().Be("""{"code":401,"message":"signature is already expired"}""");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Signature_is_for_one_operation_path_and_user(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var stranger = server.Gateway.NewClient();
        var write = Sign(server.PathOf("a"), "write", "");

        using var written = await stranger.PostRawAsync(write, [1], "application/octet-stream", cancellationToken);
        using var asRead = await stranger.GetAsync(write, cancellationToken);
        using var otherPath = await stranger.PostRawAsync(
            write.Replace("%2Fa&", "%2Fb&", StringComparison.Ordinal), [1], "application/octet-stream", cancellationToken);
        using var otherUser = await stranger.PostRawAsync(write + "&username=root", [1], "application/octet-stream", cancellationToken);
        using var unexpired = await stranger.PostRawAsync(
            write + "&signature_expiration=9999999999", [1], "application/octet-stream", cancellationToken);

        written.StatusCode.Should().Be(HttpStatusCode.OK);
        foreach (var refused in (HttpResponseMessage[])[asRead, otherPath, otherUser, unexpired])
        {
            refused.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
            (await refused.Content.ReadAsStringAsync(cancellationToken)).Should().Be("""{"code":401,"message":"invalid signature"}""");
        }
    }

    [TestCase(null, "missing signature query parameter")]
    [TestCase("wrong", "access token present in header but does not match")]
    [CancelAfter(TestTimeout)]
    public async Task Refusal_without_token_and_signature_says_why(string? token, string message, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var stranger = server.Gateway.NewClient();
        if (token is not null) stranger.DefaultRequestHeaders.Add("X-Access-Token", token);

        using var response = await stranger.GetAsync("/files?path=/x", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be($$"""{"code":401,"message":"{{message}}"}""");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Pages_of_all_origins_may_use_files_when_a_token_is_required(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/files");
        preflight.Headers.Add("Origin", "https://example.com");
        preflight.Headers.Add("Access-Control-Request-Headers", "x-access-token");

        using var response = await server.Client.SendAsync(preflight, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.NoContent);
        response.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("*");
        response.Headers.GetValues("Access-Control-Allow-Methods").Should().Equal("HEAD, GET, POST, PUT, PATCH, DELETE");
        response.Headers.GetValues("Access-Control-Allow-Headers").Should().Equal("x-access-token");
        response.Headers.GetValues("Access-Control-Max-Age").Should().Equal("7200");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Pages_of_other_origins_may_not_when_none_is(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(http: options => options.Authentication = KernelGatewayAuthentication.None);
        using var client = server.Gateway.NewClient();
        client.DefaultRequestHeaders.Add("Origin", "https://example.com");

        using var response = await client.GetAsync("/files?path=/etc/hostname", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    private static string Sign(string path, string operation, string expiration)
    {
        var signature = FileSignature.Create(path, operation, "", GatewayServer.Token, expiration);
        var url = $"/files?path={Uri.EscapeDataString(path)}&signature={Uri.EscapeDataString(signature)}";
        return expiration.Length == 0 ? url : $"{url}&signature_expiration={expiration}";
    }
}
