using FluentAssertions;
using KernelGateway.ControlPlane.AspNetCore.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Sandboxes;

/// <summary>The client against our control plane, whose engine is scripted and whose clock stands still.</summary>
public sealed class SandboxClientTests
{
    [Test]
    public async Task Sandbox_is_created_described_and_killed()
    {
        await using var server = await PlaneServer.StartAsync();
        var client = ClientOf(server);
        var options = new SandboxCreateOptions
        {
            Template = "base",
            Timeout = TimeSpan.FromSeconds(59.5),
            Metadata = new Dictionary<string, string> { ["owner"] = "test" },
            AllowInternetAccess = false,
            Network = new SandboxNetwork { AllowPublicTraffic = false, DenyOut = [SandboxNetwork.AllTraffic] },
            Lifecycle = new SandboxLifecycle(SandboxOnTimeout.Pause, AutoResume: true),
        };

        var sandbox = await client.CreateAsync(options);
        var info = await sandbox.GetInfoAsync();

        sandbox.SandboxId.Should().MatchRegex("^i[a-z0-9]{20}$");
        sandbox.TrafficAccessToken.Should().NotBeNullOrEmpty();
        sandbox.GetHost(3000).Should().Be($"3000-{sandbox.SandboxId}.{PlaneServer.Domain}:8443");
        info.Should().BeEquivalentTo(new
        {
            sandbox.SandboxId,
            Name = "base",
            State = SandboxState.Running,
            AllowInternetAccess = (bool?)false,
            Lifecycle = new SandboxLifecycle(SandboxOnTimeout.Pause, AutoResume: true),
            Domain = $"{PlaneServer.Domain}:8443",
            Network = new { AllowPublicTraffic = (bool?)false, DenyOut = new[] { "0.0.0.0/0" } },
        });
        info.Metadata.Should().Equal(options.Metadata);
        (info.EndAt - info.StartedAt).Should().Be(TimeSpan.FromSeconds(60));
        info.StartedAt.Should().Be(server.Time.GetUtcNow());
        (await sandbox.KillAsync()).Should().BeTrue();
        (await sandbox.KillAsync()).Should().BeFalse();
        await sandbox.Invoking(all => all.GetInfoAsync()).Should().ThrowAsync<SandboxNotFoundException>();
    }

    [Test]
    public async Task Sandbox_without_a_token_is_created_on_request()
    {
        await using var server = await PlaneServer.StartAsync();

        var sandbox = await ClientOf(server).CreateAsync(new() { Template = "base", Secure = false });

        sandbox.DownloadUrl("a").Query.Should().Be("?path=a");
        var info = await sandbox.GetInfoAsync();
        (info.EndAt - info.StartedAt).Should().Be(TimeSpan.FromMinutes(5));
    }

    [Test]
    public async Task List_goes_over_pages_and_is_filtered()
    {
        await using var server = await PlaneServer.StartAsync();
        var client = ClientOf(server);
        var metadata = new Dictionary<string, string> { ["a b"] = "c&d=e%", ["ü"] = "+" };
        var made = new List<string>();
        for (var number = 0; number < 5; number++)
        {
            made.Add((await client.CreateAsync(new() { Template = "base", Metadata = number % 2 == 0 ? metadata : null })).SandboxId);
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await client.PauseAsync(made[2]);

        (await IdsAsync(client, new() { Limit = 2 })).Should().Equal(Enumerable.Reverse(made));
        (await IdsAsync(client, new() { Limit = 2, OldestFirst = true })).Should().Equal(made);
        (await IdsAsync(client, new() { Metadata = metadata })).Should().Equal(made[4], made[2], made[0]);
        (await IdsAsync(client, new() { Metadata = metadata, State = SandboxState.Running })).Should().Equal(made[4], made[0]);
        (await IdsAsync(client, new() { State = SandboxState.Paused })).Should().Equal(made[2]);
        (await IdsAsync(client, new() { StartedAfter = server.Time.GetUtcNow().AddSeconds(-2) })).Should().Equal(made[4], made[3]);
        (await IdsAsync(client, new() { Template = "base" })).Should().HaveCount(5);
        (await IdsAsync(client, new() { Template = "other" })).Should().BeEmpty();
    }

    [Test]
    public async Task Lifetime_is_set_and_extended()
    {
        await using var server = await PlaneServer.StartAsync();
        var client = ClientOf(server);
        var sandbox = await client.CreateAsync(new() { Template = "base" });

        await sandbox.SetTimeoutAsync(TimeSpan.FromSeconds(30));
        var shortened = (await sandbox.GetInfoAsync()).EndAt;
        var again = await client.ConnectAsync(sandbox.SandboxId, TimeSpan.FromSeconds(10));
        var kept = (await sandbox.GetInfoAsync()).EndAt;
        await sandbox.ConnectAsync(TimeSpan.FromSeconds(90));
        var extended = (await sandbox.GetInfoAsync()).EndAt;

        again.SandboxId.Should().Be(sandbox.SandboxId);
        again.DownloadUrl("a").Should().Be(sandbox.DownloadUrl("a"), "the token stays the same");
        shortened.Should().Be(server.Time.GetUtcNow().AddSeconds(30));
        kept.Should().Be(shortened);
        extended.Should().Be(server.Time.GetUtcNow().AddSeconds(90));
        await client.Invoking(all => all.SetTimeoutAsync("nonexistingsandbox", TimeSpan.FromSeconds(1))).Should().ThrowAsync<SandboxNotFoundException>();
        await sandbox.Invoking(all => all.SetTimeoutAsync(TimeSpan.FromSeconds(-1))).Should().ThrowAsync<ArgumentOutOfRangeException>();
    }

    [Test]
    public async Task Sandbox_is_paused_and_resumed()
    {
        await using var server = await PlaneServer.StartAsync();
        var client = ClientOf(server);
        var sandbox = await client.CreateAsync(new() { Template = "base" });

        (await sandbox.PauseAsync()).Should().BeTrue();
        (await sandbox.PauseAsync()).Should().BeFalse();
        (await sandbox.GetInfoAsync()).State.Should().Be(SandboxState.Paused);
        await sandbox.ConnectAsync();
        (await sandbox.GetInfoAsync()).State.Should().Be(SandboxState.Running);
        await client.Invoking(all => all.PauseAsync("nonexistingsandbox")).Should().ThrowAsync<SandboxNotFoundException>();
        await client.Invoking(all => all.ConnectAsync("nonexistingsandbox")).Should().ThrowAsync<SandboxNotFoundException>();
    }

    [Test]
    public async Task Metrics_before_the_beginning_are_empty()
    {
        await using var server = await PlaneServer.StartAsync();
        var sandbox = await ClientOf(server).CreateAsync(new() { Template = "base" });

        (await sandbox.GetMetricsAsync(end: server.Time.GetUtcNow().AddDays(-1))).Should().BeEmpty();
    }

    [Test]
    public async Task Network_is_replaced()
    {
        await using var server = await PlaneServer.StartAsync();
        var sandbox = await ClientOf(server).CreateAsync(new() { Template = "base", Network = new() { DenyOut = ["10.0.0.0/8"] } });

        await sandbox.UpdateNetworkAsync(new() { AllowOut = ["1.1.1.1"], DenyOut = [SandboxNetwork.AllTraffic] }, allowInternetAccess: true);

        var info = await sandbox.GetInfoAsync();
        info.Network!.AllowOut.Should().Equal("1.1.1.1");
        info.Network.DenyOut.Should().Equal("0.0.0.0/0");
        info.AllowInternetAccess.Should().BeTrue();
        await sandbox.Invoking(all => all.UpdateNetworkAsync(new() { AllowPublicTraffic = true })).Should().ThrowAsync<ArgumentException>();
    }

    [Test]
    public async Task Refusals_have_types()
    {
        await using var server = await PlaneServer.StartAsync();
        var client = ClientOf(server);
        var stranger = ClientOf(server, key: null);

        await client.Invoking(all => all.CreateAsync(new() { Template = "nothing" }))
            .Should().ThrowAsync<SandboxTemplateNotFoundException>().WithMessage("template 'nothing' not found");
        await client.Invoking(all => all.CreateAsync(new() { Template = "base", Timeout = TimeSpan.FromDays(30) }))
            .Should().ThrowAsync<SandboxArgumentException>().WithMessage("Timeout cannot be greater than 24 hours");
        await client.Invoking(all => all.CreateAsync(new() { Template = "other/base" })).Should().ThrowAsync<SandboxRequestException>();
        await client.Invoking(all => all.GetInfoAsync("Not An Id/..")).Should().ThrowAsync<SandboxArgumentException>();
        await stranger.Invoking(all => all.CreateAsync(new() { Template = "base" })).Should().ThrowAsync<SandboxAuthenticationException>()
            .WithMessage("*set E2B_API_KEY or SandboxClientOptions.ApiKey*");
        await ClientOf(server, key: "e2b_0").Invoking(all => all.CreateAsync(new() { Template = "base" }))
            .Should().ThrowAsync<SandboxAuthenticationException>();
        (await client.DeleteSnapshotAsync("team/none:default")).Should().BeFalse();
    }

    [Test]
    public async Task Debug_mode_asks_no_control_plane()
    {
        var client = new SandboxClient(new SandboxSettings(new SandboxClientOptions { Debug = true, ApiUrl = "http://127.0.0.1:9" }, _ => null));

        var sandbox = await client.CreateAsync();

        sandbox.SandboxId.Should().Be("debug_sandbox_id");
        sandbox.GetHost(80).Should().Be("localhost:80");
        (await sandbox.KillAsync()).Should().BeTrue();
    }

    private static async Task<IReadOnlyList<string>> IdsAsync(SandboxClient client, SandboxListOptions options)
    {
        var ids = new List<string>();
        await foreach (var info in client.ListAsync(options)) ids.Add(info.SandboxId);
        return ids;
    }

    private static SandboxClient ClientOf(PlaneServer server) => ClientOf(server, server.Key);

    private static SandboxClient ClientOf(PlaneServer server, string? key) =>
        new(new SandboxSettings(new SandboxClientOptions { ApiKey = key, ApiUrl = server.Client.BaseAddress!.ToString() }, _ => null));
}
