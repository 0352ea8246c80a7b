using FluentAssertions;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests.ControlGroups;

public sealed class ControlGroupTreeTests
{
    private const long Memory = 300L << 20;

    private static string Name => ControlGroupOwner.Self.NameOf("one");

    [Test]
    public void Limits_of_version_1_are_written_into_the_hierarchy_of_each_controller()
    {
        using var root = GroupRoot.Hybrid();

        var group = root.Tree.Create("one", Memory, 64);

        root.Read($"sys/fs/cgroup/memory/box/{Name}/memory.limit_in_bytes").Should().Be("314572800");
        root.Read($"sys/fs/cgroup/memory/box/{Name}/memory.memsw.limit_in_bytes").Should().Be("314572800");
        root.Read($"sys/fs/cgroup/pids/{Name}/pids.max").Should().Be("64");
        group.MemberFiles.Should().BeEquivalentTo(
            root.InGroups($"unified/{Name}/cgroup.procs"),
            root.InGroups($"memory/box/{Name}/cgroup.procs"),
            root.InGroups($"pids/{Name}/cgroup.procs"));
        group.MemoryLimit.Should().Be(Memory);
    }

    [Test]
    public void Limits_of_version_2_are_in_one_group_whose_controllers_are_turned_on()
    {
        using var root = GroupRoot.Unified(enabled: "memory");

        var group = root.Tree.Create("one", Memory, 64);

        var path = $"sys/fs/cgroup/box.slice/gateway.service/{Name}";
        root.Read($"{path}/memory.max").Should().Be("314572800");
        root.Read($"{path}/memory.swap.max").Should().Be("0");
        root.Read($"{path}/memory.oom.group").Should().Be("1");
        root.Read($"{path}/pids.max").Should().Be("64");
        root.Read("sys/fs/cgroup/box.slice/gateway.service/cgroup.subtree_control").Should().Be("+pids");
        group.MemberFiles.Should().ContainSingle();
    }

    [Test]
    public void Controller_that_the_group_does_not_have_is_refused_and_nothing_is_left()
    {
        using var root = GroupRoot.Unified("memory");

        root.Tree.Invoking(tree => tree.Create("one", Memory, 64)).Should().Throw<IOException>().WithMessage("*'pids'*");

        root.Groups().Should().BeEmpty();
    }

    [Test]
    public void Limit_that_cannot_be_written_is_refused_and_nothing_is_left()
    {
        using var root = GroupRoot.Hybrid();
        Directory.CreateDirectory(root.InGroups($"pids/{Name}/pids.max"));

        root.Tree.Invoking(tree => tree.Create("one", Memory, 64)).Should().Throw<IOException>().WithMessage("*pids.max*");

        root.Groups().Should().BeEmpty();
    }

    [Test]
    public void Group_of_version_2_with_other_processes_gives_no_controllers()
    {
        using var root = GroupRoot.Unified();
        ForbidControllers(root);
        root.Write("sys/fs/cgroup/box.slice/gateway.service/cgroup.procs", $"{Environment.ProcessId}\n1\n");

        root.Tree.TryEnable("memory").Should().BeNull();

        root.Groups().Should().BeEmpty();
    }

    [Test]
    public void Process_moves_back_when_it_was_not_in_the_way_of_the_controllers()
    {
        using var root = GroupRoot.Unified();
        ForbidControllers(root);
        var members = root.Write("sys/fs/cgroup/box.slice/gateway.service/cgroup.procs", $"{Environment.ProcessId}\n");

        root.Tree.TryEnable("memory").Should().BeNull();

        root.Groups().Should().BeEmpty();
        File.ReadAllText(members).Should().Be($"{Environment.ProcessId}", "it was written a second time");
    }

    [Test]
    public void Groups_of_a_process_in_a_group_of_its_own_are_beside_that_group()
    {
        var self = ControlGroupOwner.Self.NameOf("self");
        using var root = GroupRoot.Unified(path: $"/gateway.service/{self}");
        root.Write("sys/fs/cgroup/gateway.service/cgroup.subtree_control", "memory pids");

        root.Tree.Create("one", Memory, null);

        root.Groups().Should().Contain($"gateway.service/{Name}");
    }

    [Test]
    public void Group_without_limits_is_in_version_2_alone()
    {
        using var root = GroupRoot.Hybrid();

        root.Tree.TryCreate("one").Should().NotBeNull();

        root.Groups().Should().Equal($"unified/{Name}");
    }

    [Test]
    public void Group_without_limits_is_in_a_harmless_hierarchy_where_there_is_no_version_2()
    {
        using var root = GroupRoot.Hybrid();
        root.Describe(
            ["4:memory:/", "8:pids:/"],
            [
                "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
                "39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids",
            ]);

        root.Tree.TryCreate("one").Should().NotBeNull();

        root.Groups().Should().Equal($"pids/{Name}");
    }

    [TestCase("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill {0}\n")]
    [TestCase("memory.events", "low 0\nhigh 0\nmax 31\noom 2\noom_kill {0}\noom_group_kill 0\n")]
    public void Kill_for_memory_is_one_that_was_not_counted_before(string file, string content)
    {
        using var root = GroupRoot.Hybrid();
        root.Tree.Create("one", Memory, null);
        var path = root.Write($"sys/fs/cgroup/memory/box/{Name}/{file}", string.Format(content, 1));

        var group = root.Tree.Find("one")!;

        group.HasKilledForMemory.Should().BeFalse();
        File.WriteAllText(path, string.Format(content, 2));
        group.HasKilledForMemory.Should().BeTrue();
    }

    [TestCase("memory.max", "max\n")]
    [TestCase("memory.limit_in_bytes", "9223372036854771712\n")]
    public void No_limit_is_not_taken_for_one(string file, string content)
    {
        using var root = GroupRoot.Hybrid();
        var group = root.Tree.Create("one", memoryBytes: null, 64);
        root.Write($"sys/fs/cgroup/pids/{Name}/{file}", content);

        group.MemoryLimit.Should().BeNull();
    }

    [Test]
    public void Group_is_found_by_its_key_under_the_name_of_any_owner_and_of_former_versions()
    {
        using var root = GroupRoot.Hybrid();
        Directory.CreateDirectory(root.InGroups("unified/kernel-gateway-7.8.9-12-ab-kernel"));
        Directory.CreateDirectory(root.InGroups("pids/kernel-gateway-12-ab-kernel"));
        Directory.CreateDirectory(root.InGroups("pids/kernel-gateway-7.8.9-12-ab-kernel-2"));

        root.Tree.Find("12-ab-kernel")!.MemberFiles.Should().BeEquivalentTo(
            root.InGroups("unified/kernel-gateway-7.8.9-12-ab-kernel/cgroup.procs"),
            root.InGroups("pids/kernel-gateway-12-ab-kernel/cgroup.procs"));
        root.Tree.Find("12-ab").Should().BeNull();
    }

    [Test]
    public void Removing_takes_all_directories_of_a_group_and_can_be_repeated()
    {
        using var root = GroupRoot.Hybrid();
        var group = root.Tree.Create("one", Memory, 64);

        group.TryRemove().Should().BeTrue();

        root.Groups().Should().BeEmpty();
        group.TryRemove().Should().BeTrue();
    }

    [Test]
    public void Only_groups_of_ended_gateways_of_the_same_user_are_swept()
    {
        using var root = GroupRoot.Hybrid();
        var self = ControlGroupOwner.Self;
        string[] kept =
        [
            self.NameOf("mine"),
            (self with { UserId = self.UserId + 1, StartTicks = 1 }).NameOf("of-another-user"),
            "kernel-gateway-12-ab-of-an-unknown-version",
            $"kernel-gateway-{Environment.ProcessId}-0dec44-of-a-former-version",
        ];
        string[] swept =
        [
            (self with { StartTicks = self.StartTicks - 1 }).NameOf("of-an-earlier-process-of-this-id"),
            (self with { ProcessId = int.MaxValue }).NameOf("of-no-process"),
            $"kernel-gateway-{int.MaxValue}-0dec44-of-a-former-version",
        ];
        foreach (var name in kept.Concat(swept)) Directory.CreateDirectory(root.InGroups($"unified/{name}"));

        root.Tree.RemoveAbandoned(_ => true).Should().BeEmpty();

        root.Groups().Should().BeEquivalentTo(kept.Select(name => $"unified/{name}"));
    }

    [Test]
    public void Swept_group_that_has_processes_is_returned()
    {
        using var root = GroupRoot.Hybrid();
        Directory.CreateDirectory(root.InGroups($"pids/{(ControlGroupOwner.Self with { StartTicks = 1 }).NameOf("command1")}"));
        var tree = new ControlGroupTree(root.Path) { RemoveDirectory = _ => throw new IOException("Device or resource busy") };

        tree.RemoveAbandoned(key => key.StartsWith("kernel", StringComparison.Ordinal)).Should().BeEmpty();
        tree.RemoveAbandoned(key => key.StartsWith("command", StringComparison.Ordinal)).Should().ContainSingle();
    }

    [TestCase("kernel-gateway-12.34.0-a-b", 12, 34, 0u, "a-b")]
    public void Name_of_a_group_tells_owner_and_key(string name, int processId, long start, uint user, string key) =>
        ControlGroupOwner.Parse(name).Should().Be((new ControlGroupOwner(processId, start, user), key));

    [TestCase("kernel-gateway-")]
    [TestCase("kernel-gateway-12-ab-key")]
    [TestCase("kernel-gateway-12.34-key")]
    [TestCase("kernel-gateway-12.-34.0-key")]
    [TestCase("other-12.34.0-key")]
    public void Other_names_tell_no_owner(string name) => ControlGroupOwner.Parse(name).Should().BeNull();

    [TestCase("kernel-gateway-12-0dec44-a-b", 12, "12-0dec44-a-b")]
    public void Name_of_a_former_version_tells_the_process(string name, int processId, string key) =>
        ControlGroupOwner.ParseFormer(name).Should().Be((processId, key));

    [TestCase("kernel-gateway-12-ab-key")]
    [TestCase("kernel-gateway-12-0dec44-")]
    [TestCase("kernel-gateway-99999999999-0dec44-key")]
    [TestCase("kernel-gateway-12.34.0-0dec44-key")]
    [TestCase("other-12-0dec44-key")]
    public void Other_names_are_of_no_former_version(string name) => ControlGroupOwner.ParseFormer(name).Should().BeNull();

    // A directory in its place can be neither read nor written, as if the kernel refused it.
    private static void ForbidControllers(GroupRoot root)
    {
        var file = root.InGroups("box.slice/gateway.service/cgroup.subtree_control");
        File.Delete(file);
        Directory.CreateDirectory(file);
    }
}
