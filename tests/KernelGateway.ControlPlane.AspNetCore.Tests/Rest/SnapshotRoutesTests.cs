using FluentAssertions;
using KernelGateway.ControlPlane.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.AspNetCore.Tests.Rest;

/// <summary>The routes of snapshots and forks.</summary>
[CancelAfter(60_000)]
public sealed class SnapshotRoutesTests
{
    [Test]
    public async Task Snapshots_are_named_listed_used_and_deleted()
    {
        await using var server = await PlaneServer.StartAsync();
        var id = (string)(await server.CreateAsync())["sandboxID"]!;

        var snapshot = (await server.SendAsync("POST", $"/sandboxes/{id}/snapshots", """{"name":"state"}""")).Json;
        snapshot.Should().BeEquivalentTo(JObject.Parse("""{"snapshotID":"default/state:default","names":["default/state"]}"""));
        (await server.SendAsync("GET", $"/snapshots?sandboxID={id}&name=state")).Array.Should().HaveCount(1);
        var copy = await server.CreateAsync("""{"templateID":"default/state:default"}""");
        server.Engine.Sandboxes[(string)copy["sandboxID"]!].Specification.Files.Should().NotBeNull();
        (await server.SendAsync("DELETE", "/templates/default%2Fstate%3Adefault")).Code.Should().Be(204);
        (await server.SendAsync("GET", "/snapshots")).Array.Should().BeEmpty();
        (await server.SendAsync("DELETE", "/templates/base")).Code.Should().Be(501);
    }

    [Test]
    public async Task Forks_are_new_sandboxes_and_a_paused_source_is_a_conflict()
    {
        await using var server = await PlaneServer.StartAsync();
        var id = (string)(await server.CreateAsync())["sandboxID"]!;

        var forks = (await server.SendAsync("POST", $"/sandboxes/{id}/fork", """{"count":2}""")).Array;

        forks.Select(fork => (string?)fork["sandbox"]!["sandboxID"]).Should().OnlyHaveUniqueItems().And.NotContain(id).And.HaveCount(2);
        (await server.SendAsync("POST", $"/sandboxes/{id}/fork", """{"count":0}""")).Code.Should().Be(400);
        await server.SendAsync("POST", $"/sandboxes/{id}/pause");
        (await server.SendAsync("POST", $"/sandboxes/{id}/fork")).Code.Should().Be(409);
    }
}
