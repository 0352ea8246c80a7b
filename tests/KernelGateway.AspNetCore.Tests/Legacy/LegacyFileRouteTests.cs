using System.Net;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Legacy;

/// <summary>The route <c>/file</c> of the first generation.</summary>
[CancelAfter(30_000)]
[Platform("Linux")]
public sealed class LegacyFileRouteTests
{
    [TestCase(true)]
    [TestCase(false)]
    public async Task A_form_is_stored_at_its_path_wherever_the_path_stands(bool isPathFirst, CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        using var client = legacy.Server.NewClient();
        using var form = new MultipartFormDataContent();
        using var path = new StringContent(legacy.PathOf("target"));
        using var file = new ByteArrayContent([1, 2, 0, 255]);
        if (isPathFirst) form.Add(path, "path");
        form.Add(file, "file", "ignored.bin");
        if (!isPathFirst) form.Add(path, "path");

        using var answer = await client.PostAsync("/file", form, cancellationToken);

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync(cancellationToken)).Should().BeEmpty();
        (await File.ReadAllBytesAsync(legacy.PathOf("target"), cancellationToken)).Should().Equal(1, 2, 0, 255);
        Directory.GetFileSystemEntries(legacy.Directory).Should().ContainSingle();
    }

    [Test]
    public async Task A_file_is_downloaded_as_an_attachment(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        await File.WriteAllTextAsync(legacy.PathOf("é b.txt"), "text", cancellationToken);
        using var client = legacy.Server.NewClient();

        using var answer = await client.GetAsync($"/file?path={Uri.EscapeDataString(legacy.PathOf("é b.txt"))}", cancellationToken);

        (await answer.Content.ReadAsStringAsync(cancellationToken)).Should().Be("text");
        answer.Content.Headers.ContentLength.Should().Be(4);
        answer.Content.Headers.ContentDisposition!.DispositionType.Should().Be("attachment");
        answer.Content.Headers.ContentDisposition.FileNameStar.Should().Be("é b.txt");
    }

    [Test]
    public async Task Failures_are_plain_text(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        using var client = legacy.Server.NewClient();
        using var empty = new StringContent("x", Encoding.UTF8, "text/plain");

        await ShouldBeAsync(await client.GetAsync("/file", cancellationToken), HttpStatusCode.BadRequest, "File path is required");
        await ShouldBeAsync(
            await client.GetAsync($"/file?path={legacy.PathOf("no")}", cancellationToken), HttpStatusCode.NotFound, $"File not found: {legacy.PathOf("no")}");
        await ShouldBeAsync(await client.PostAsync("/file", empty, cancellationToken), HttpStatusCode.BadRequest, "No file or path provided");
    }

    [Test]
    public async Task The_routes_do_not_exist_without_sandbox_services(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        foreach (var path in (string[])["/ws", "/file?path=/etc/hosts", "/ping"])
            (await server.Client.GetAsync(path, cancellationToken)).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task The_routes_need_the_token_where_one_is_asked_for(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(sandbox: _ => { });
        using var stranger = server.NewClient();

        foreach (var path in (string[])["/ws", "/file?path=/etc/hosts", "/ping"])
            (await stranger.GetAsync(path, cancellationToken)).StatusCode.Should().Be(HttpStatusCode.Unauthorized, path);
        (await stranger.PostAsync("/file", new MultipartFormDataContent(), cancellationToken)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await server.Client.GetAsync("/file?path=/etc/hosts", cancellationToken)).StatusCode.Should().Be(HttpStatusCode.OK);
        (await server.Client.GetStringAsync("/ping", cancellationToken)).Should().Be("pong");
    }

    private static async Task ShouldBeAsync(HttpResponseMessage answer, HttpStatusCode status, string text)
    {
        using (answer) (answer.StatusCode, await answer.Content.ReadAsStringAsync()).Should().Be((status, text));
    }
}
