using FluentAssertions;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Teams;
using KernelGateway.ControlPlane.Tests.Support;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Teams;

/// <summary>API keys and the limits of teams.</summary>
[CancelAfter(60_000)]
public sealed class TeamTests
{
    [Test]
    public async Task First_key_is_made_once_and_has_the_form_that_clients_check(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var keys = new ApiKeys(bench.Store, bench.Time);

        var key = await keys.CreateFirstAsync(cancellationToken);

        key.Should().MatchRegex("^e2b_[0-9a-f]{40}$");
        (await keys.CreateFirstAsync(cancellationToken)).Should().BeNull();
        (await keys.FindTeamOfKeyAsync(key!, cancellationToken))!.Name.Should().Be("default");
        (await keys.FindTeamOfKeyAsync("e2b_00", cancellationToken)).Should().BeNull();
    }

    [Test]
    public async Task Key_itself_is_not_stored(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();

        var (key, _) = await new ApiKeys(bench.Store, bench.Time).CreateAsync("acme", "mine", cancellationToken);

        (await bench.Store.ListKeysAsync(cancellationToken)).Single().ToString().Should().NotContain(key);
    }

    [Test]
    public async Task Key_that_another_process_revokes_is_refused_within_two_seconds(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var serving = new ApiKeys(bench.Store, bench.Time);
        var (key, record) = await serving.CreateAsync("acme", "mine", cancellationToken);
        (await serving.FindTeamOfKeyAsync(key, cancellationToken)).Should().Be(bench.Team);

        (await new ApiKeys(bench.Store, bench.Time).RevokeAsync(record.Id, cancellationToken)).Should().BeTrue();
        bench.Time.Advance(TimeSpan.FromSeconds(2));

        (await serving.FindTeamOfKeyAsync(key, cancellationToken)).Should().BeNull();
    }

    [Test]
    public void Limits_count_running_sandboxes_memory_and_creates()
    {
        var time = new ManualTimeProvider();
        var limits = new TeamLimits(time);
        var team = new TeamRecord("t", "t", MaxRunning: 3, MaxCreatesPerSecond: 2, MaxMemoryBytes: 250);

        limits.TryAdd(team, 100, isCreate: true).Should().BeNull();
        limits.TryAdd(team, 100, isCreate: true).Should().BeNull();
        limits.TryAdd(team, 100, isCreate: true).Should().Contain("maximum memory");
        limits.TryAdd(team, 10, isCreate: true).Should().Contain("creates per second (2)");
        time.Advance(TimeSpan.FromSeconds(0.5));
        limits.TryAdd(team, 10, isCreate: true).Should().BeNull();
        limits.TryAdd(team, 10, isCreate: false).Should().StartWith("you have reached the maximum number of concurrent E2B sandboxes (3)");
        limits.Remove(team.Id, 100);
        limits.TryAdd(team, 100, isCreate: false).Should().BeNull();
    }
}
