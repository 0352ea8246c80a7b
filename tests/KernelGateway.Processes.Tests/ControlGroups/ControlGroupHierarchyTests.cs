using FluentAssertions;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests.ControlGroups;

public sealed class ControlGroupHierarchyTests
{
    [Test]
    public void Controllers_of_version_1_are_found_beside_an_empty_version_2()
    {
        using var root = GroupRoot.Hybrid();

        var hierarchies = ControlGroupHierarchy.ReadAll(root.Path);

        hierarchies.Select(one => one.Version).Should().Equal(1, 1, 1, 1, 2);
        var memory = ControlGroupHierarchy.Find(hierarchies, "memory")!;
        memory.FromOwnToTop().Should().Equal(root.InGroups("memory/box"), root.InGroups("memory"));
        ControlGroupHierarchy.Find(hierarchies, "cpuacct")!.Top.Should().Be(root.InGroups("cpu,cpuacct"));
        ControlGroupHierarchy.Find(hierarchies, "hugetlb").Should().BeNull();
    }

    [Test]
    public void Controllers_of_version_2_are_those_of_the_group_of_this_process()
    {
        using var root = GroupRoot.Unified("cpu memory");

        var hierarchy = ControlGroupHierarchy.ReadAll(root.Path).Should().ContainSingle().Subject;

        hierarchy.Should().Match<ControlGroupHierarchy>(one => one.Version == 2 && one.Has("memory") && !one.Has("pids"));
        hierarchy.FromOwnToTop().Should().Equal(root.InGroups("box.slice/gateway.service"), root.InGroups("box.slice"), root.InGroups(""));
    }

    [TestCase("/docker/abc", "/docker/abc/inner", "/inner", TestName = "Group_below_the_part_that_a_container_shows")]
    [TestCase("/docker/abc", "/docker/abc", "", TestName = "Group_that_is_the_top_of_what_a_container_shows")]
    [TestCase("/docker/abc", "/docker/abcdef", "", TestName = "Group_whose_name_only_begins_like_what_a_container_shows")]
    [TestCase("/", "/../../elsewhere", "", TestName = "Group_outside_of_the_namespace")]
    [TestCase("/", "/removed", "", TestName = "Group_that_does_not_exist_there")]
    public void Group_is_located_below_what_is_mounted(string mounted, string group, string expected)
    {
        using var root = GroupRoot.Hybrid();
        root.Describe([$"4:memory:{group}"], [$"35 31 0:32 {mounted} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"]);
        Directory.CreateDirectory(root.InGroups("memory/inner"));

        ControlGroupHierarchy.ReadAll(root.Path).Single().Own.Should().Be(root.InGroups("memory") + expected);
    }

    [Test]
    public void Mount_point_with_a_space_is_found()
    {
        using var root = GroupRoot.Hybrid();
        root.Describe(["0::/"], [@"41 31 0:38 / /sys/my\040groups rw,relatime - cgroup2 cgroup2 rw"]);

        ControlGroupHierarchy.ReadAll(root.Path).Single().Top.Should().Be(Path.Combine(root.Path, "sys/my groups"));
    }

    [Test]
    public void System_without_control_groups_has_none()
    {
        using var root = new GroupRoot();

        ControlGroupHierarchy.ReadAll(root.Path).Should().BeEmpty();
    }
}
