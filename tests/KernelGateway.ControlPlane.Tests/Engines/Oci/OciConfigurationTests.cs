using System.Text.Json.Nodes;
using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Engines.Oci;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.Processes.ControlGroups;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Oci;

public sealed class OciConfigurationTests
{
    private static readonly SandboxPaths Paths = new("/srv/engine/sandboxes/x");

    [Test]
    public void Every_rule_of_the_filter_is_written()
    {
        var filter = Write()["linux"]!["seccomp"]!;

        ((string)filter["defaultAction"]!).Should().Be("SCMP_ACT_ALLOW");
        var rules = filter["syscalls"]!.AsArray();
        rules.Should().HaveCount(SeccompFilter.ListRules().Count());
        rules.Select(rule => rule!.ToJsonString()).Should()
            .Contain("""{"names":["mount"],"action":"SCMP_ACT_ERRNO","errnoRet":1}""")
            .And.Contain("""{"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":38}""")
            .And.Contain("""{"names":["clone"],"action":"SCMP_ACT_ERRNO","errnoRet":1,"args":[{"index":0,"value":268435456,"valueTwo":268435456,"op":"SCMP_CMP_MASKED_EQ"}]}""")
            .And.Contain("""{"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":97,"args":[{"index":0,"value":16,"valueTwo":0,"op":"SCMP_CMP_GT"}]}""");
    }

    [Test]
    public void Process_has_few_capabilities_which_other_users_do_not_inherit_and_no_new_privileges()
    {
        var process = Write()["process"]!;

        ((bool)process["noNewPrivileges"]!).Should().BeTrue();
        foreach (var set in new[] { "bounding", "effective", "permitted" })
            process["capabilities"]![set]!.AsArray().Select(name => (string)name!).Should().Equal(SidecarCommand.Capabilities);
        foreach (var set in new[] { "inheritable", "ambient" }) process["capabilities"]![set]!.AsArray().Should().BeEmpty();
    }

    [Test]
    public void Sandbox_has_namespaces_of_its_own_and_its_range_of_users()
    {
        var linux = Write()["linux"]!;

        linux["namespaces"]!.AsArray().Select(space => (string)space!["type"]!)
            .Should().BeEquivalentTo("user", "mount", "pid", "network", "ipc", "uts", "cgroup");
        foreach (var kind in new[] { "uidMappings", "gidMappings" })
            linux[kind]!.ToJsonString().Should().Be("""[{"containerID":0,"hostID":700000000,"size":65536}]""");
    }

    [Test]
    public void What_comes_from_the_host_is_read_only_and_has_no_devices_and_set_user_ids()
    {
        var mounts = Write()["mounts"]!.AsArray();

        var binds = mounts.Where(mount => (string)mount!["type"]! == "bind" && (string)mount["destination"]! != SidecarCommand.SocketDirectory).ToArray();
        binds.Select(mount => (string)mount!["destination"]!).Should().BeEquivalentTo(
            [
                "/usr", "/etc/resolv.conf", "/etc/hosts", SidecarCommand.Programs, SidecarCommand.Sidecar, SidecarCommand.Dotnet, "/data",
                .. SudoProgram.ListReplaced(new SandboxTemplate { Id = "test" }),
            ]);
        foreach (var bind in binds) bind!["options"]!.ToJsonString().Should().Be("""["bind","ro","nosuid","nodev"]""");
        mounts.Select(mount => (string)mount!["source"]!).Should().NotContain("/srv/data", "the user of the sandbox may not be able to pass through its parents");
    }

    [Test]
    public void Path_of_the_groups_is_left_out_for_a_runtime_that_joins_none()
    {
        ((string?)Write("a/b")["linux"]!["cgroupsPath"]).Should().Be("a/b");
        Write(null)["linux"]!.AsObject().ContainsKey("cgroupsPath").Should().BeFalse();
    }

    [Test]
    public void Groups_of_version_2_are_named_from_the_top()
    {
        using var machine = new GroupMachine("0::/service/own", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw");
        Directory.CreateDirectory(Path.Combine(machine.Root, "sys/fs/cgroup/service/own"));

        var plan = machine.Groups.PlanForRuntime("id");

        plan.Should().Equal(Path.Combine(machine.Root, "sys/fs/cgroup/service/own/sandbox-id"));
        machine.Groups.RuntimePathOf(new SandboxGroup(plan, TimeProvider.System)).Should().Be("/service/own/sandbox-id");
    }

    [Test]
    public void Groups_of_version_1_are_named_from_the_own_group_and_are_in_every_hierarchy()
    {
        using var machine = new GroupMachine(
            "2:memory:/service\n1:devices:/\n0::/",
            "30 23 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n31 23 0:27 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices\n"
            + "32 23 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw");
        Directory.CreateDirectory(Path.Combine(machine.Root, "sys/fs/cgroup/memory/service"));

        var plan = machine.Groups.PlanForRuntime("id");

        plan.Select(path => Path.GetRelativePath(machine.Root, path)).Should().BeEquivalentTo(
            "sys/fs/cgroup/memory/service/sandbox-id", "sys/fs/cgroup/devices/sandbox-id", "sys/fs/cgroup/unified/sandbox-id");
        machine.Groups.RuntimePathOf(new SandboxGroup(plan, TimeProvider.System)).Should().Be("sandbox-id");
    }

    private static JsonNode Write(string? groupPath = null)
    {
        var specification = new SandboxSpecification
        {
            Id = "ixxxxxxxxxxxxxxxxxxxx",
            Template = new SandboxTemplate { Id = "test", Mounts = [new TemplateMount("/srv/data", "/data")] },
        };
        var options = new OciOptions { DataDirectory = "/srv/engine" };
        var groups = new SandboxGroupMaker(new ControlGroupTree("/no/such/directory"), "sandbox-", TimeProvider.System);
        var launch = new SandboxLaunch(
            Paths, specification, new SandboxMounts(Paths, options.FirstHostId), options.FirstHostId, new SandboxGroup([], TimeProvider.System), groups)
        {
            BaseDirectory = "/",
            Notes = [],
        };
        return JsonNode.Parse(OciConfiguration.Write(launch, options, ["/usr"], groupPath))!;
    }

    private sealed class GroupMachine : IDisposable
    {
        public GroupMachine(string groups, string mounts)
        {
            var process = Directory.CreateDirectory(Path.Combine(Root, "proc/self")).FullName;
            File.WriteAllText(Path.Combine(process, "cgroup"), groups + "\n");
            File.WriteAllText(Path.Combine(process, "mountinfo"), mounts + "\n");
            Groups = new SandboxGroupMaker(new ControlGroupTree(Root), "sandbox-", TimeProvider.System);
        }

        public string Root { get; } = Directory.CreateTempSubdirectory("kg-groups-").FullName;

        public SandboxGroupMaker Groups { get; }

        public void Dispose() => Directory.Delete(Root, recursive: true);
    }
}
