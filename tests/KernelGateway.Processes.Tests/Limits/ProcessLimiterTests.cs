using FluentAssertions;
using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests.Limits;

[Platform("Linux")]
public sealed class ProcessLimiterTests
{
    private static readonly ProcessLimits Limits = new(300L << 20, 64);
    private static readonly StartCommand Command = new("/bin/true", ["true", "a b"], new Dictionary<string, string>());

    [Test]
    public void Control_groups_are_used_where_they_can_be_made()
    {
        using var root = GroupRoot.Hybrid();

        var limiter = new ProcessLimiter(Limits, root.Tree, mayBeRoot: true);

        limiter.Description.Should().Be(
            "300 MiB of memory by a control group (version 1); 64 processes and threads by a control group (version 1)");
        limiter.Problem.Should().BeNull();
        limiter.LimitResources(Command).Should().BeSameAs(Command);
        root.Groups().Should().BeEmpty("what was tried is removed");
        limiter.CreateGroup("one");
        root.Groups().Should().HaveCount(3);
    }

    [Test]
    public void Resource_limits_are_used_where_no_group_can_be_made()
    {
        var limiter = new ProcessLimiter(Limits, tree: null, mayBeRoot: false);

        limiter.UsesGroups.Should().BeFalse();
        limiter.Description.Should().Be(
            "300 MiB of memory by a resource limit, which counts the address space of each process alone; "
            + "64 processes and threads by a resource limit, which counts all of the user on the machine");
        limiter.LimitResources(Command).Argv.Should().Equal("prlimit", "--as=314572800", "--nproc=64", "--", "/bin/true", "a b");
    }

    [Test]
    public void Limit_that_does_not_hold_for_root_is_a_problem()
    {
        var limiter = new ProcessLimiter(Limits, tree: null, mayBeRoot: true);

        limiter.Description.Should().StartWith("300 MiB of memory by a resource limit").And.NotContain("64");
        limiter.Problem.Should().Be("64 processes and threads: no control group can be made, and a resource limit does not hold for root");
    }

    [Test]
    public void Each_limit_is_set_in_the_way_that_is_possible()
    {
        using var root = GroupRoot.Unified("memory");

        var limiter = new ProcessLimiter(Limits, root.Tree, mayBeRoot: false);

        limiter.UsesGroups.Should().BeTrue();
        limiter.Description.Should().Be(
            "300 MiB of memory by a control group (version 2); "
            + "64 processes and threads by a resource limit, which counts all of the user on the machine");
        limiter.LimitResources(Command).Argv.Should().Equal("prlimit", "--nproc=64", "--", "/bin/true", "a b");
        limiter.CreateGroup("one").MemoryLimit.Should().Be(Limits.MemoryBytes);
    }
}
