using FluentAssertions;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Limits;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests.Limits;

public sealed class LingeringGroupsTests
{
    private readonly ManualTimeProvider _time = new();
    private int _attempts;
    private bool _isEmpty;

    [Test]
    public async Task Empty_group_is_removed_at_once()
    {
        _isEmpty = true;
        await using var groups = new LingeringGroups(_time);

        groups.Add(CreateGroup());

        _attempts.Should().Be(1);
        _time.ActiveTimers.Should().Be(0);
    }

    [Test]
    public async Task Group_with_processes_is_removed_when_they_have_ended_and_the_clock_stops_then()
    {
        await using var groups = new LingeringGroups(_time);
        groups.Add(CreateGroup());
        _time.Advance(TimeSpan.FromMinutes(1));
        var attempts = _attempts;
        attempts.Should().BeInRange(5, 30, "it is tried less and less often");

        _isEmpty = true;
        _time.Advance(TimeSpan.FromSeconds(10));

        _attempts.Should().Be(attempts + 1);
        _time.ActiveTimers.Should().Be(0);
    }

    [Test, CancelAfter(30_000)]
    public async Task End_waits_for_processes_that_were_killed(CancellationToken cancellationToken)
    {
        var groups = new LingeringGroups(_time);
        groups.Add(CreateGroup(removedAfter: 3));

        await groups.EndAsync(TimeSpan.FromSeconds(20)).AsTask().WaitAsync(cancellationToken);

        _attempts.Should().Be(3);
        _time.ActiveTimers.Should().Be(0);
    }

    [Test, CancelAfter(30_000)]
    public async Task End_leaves_processes_that_live_on(CancellationToken cancellationToken)
    {
        var groups = new LingeringGroups(_time);
        groups.Add(CreateGroup());

        await groups.EndAsync(TimeSpan.Zero).AsTask().WaitAsync(cancellationToken);

        _attempts.Should().Be(2);
        _time.ActiveTimers.Should().Be(0);
    }

    private ControlGroup CreateGroup(int removedAfter = int.MaxValue) => new(["/nowhere/group"], _ =>
    {
        if (++_attempts < removedAfter && !_isEmpty) throw new IOException("Device or resource busy");
    });
}
