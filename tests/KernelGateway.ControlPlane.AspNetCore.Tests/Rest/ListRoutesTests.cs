using FluentAssertions;
using KernelGateway.ControlPlane.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.AspNetCore.Tests.Rest;

/// <summary>The list of sandboxes: filters and pages.</summary>
[CancelAfter(60_000)]
public sealed class ListRoutesTests
{
    [Test]
    public async Task List_filters_by_metadata_as_the_sdk_encodes_it()
    {
        await using var server = await PlaneServer.StartAsync();
        await server.CreateAsync("""{"templateID":"base","metadata":{"a b":"c&d=e"}}""");
        await server.CreateAsync();

        var found = await server.SendAsync("GET", "/v2/sandboxes?metadata=a%252520b%3Dc%252526d%25253De&state=running,paused&limit=1");

        found.Array.Should().HaveCount(1);
        found.Headers["X-Total-Running"].Should().Be("1");
        found.Headers.Should().NotContainKey("X-Next-Token");
        (await server.SendAsync("GET", "/v2/sandboxes?metadata=a")).Code.Should().Be(400);
    }

    [Test]
    public async Task List_has_pages_with_the_newest_first()
    {
        await using var server = await PlaneServer.StartAsync();
        var first = await server.CreateAsync();
        server.Time.Advance(TimeSpan.FromSeconds(1));
        var second = await server.CreateAsync();
        await server.SendAsync("POST", $"/sandboxes/{first["sandboxID"]}/pause");

        var page = await server.SendAsync("GET", "/v2/sandboxes?limit=1");
        var rest = await server.SendAsync("GET", $"/v2/sandboxes?limit=1&nextToken={page.Headers["X-Next-Token"]}");

        ((string?)page.Array[0]["sandboxID"]).Should().Be((string?)second["sandboxID"]);
        ((string?)rest.Array[0]["sandboxID"]).Should().Be((string?)first["sandboxID"]);
        ((string?)rest.Array[0]["state"]).Should().Be("paused");
        rest.Headers.Should().NotContainKey("X-Next-Token");
        (await server.SendAsync("GET", "/sandboxes")).Array.Should().HaveCount(1, "the first version lists running ones");
        (await server.SendAsync("GET", "/v2/sandboxes?template=unknown")).Array.Should().BeEmpty();
        (await server.SendAsync("GET", "/v2/sandboxes?template=base:x")).Code.Should().Be(400);
        (await server.SendAsync("GET", "/v2/sandboxes?state=paused")).Headers.Should().NotContainKey("X-Total-Running");
    }
}
