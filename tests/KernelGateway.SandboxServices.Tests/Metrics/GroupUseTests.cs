using FluentAssertions;
using KernelGateway.SandboxServices.Metrics;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Metrics;

/// <summary>Limits of control groups below a directory that stands for the root of the file system.</summary>
public sealed class GroupUseTests : IDisposable
{
    private const long Machine = 8L << 30;

    private readonly TemporaryFolder _root = new();

    [Test]
    public void Memory_of_version_1_is_that_of_the_smallest_limit_above_this_process()
    {
        Describe("4:memory:/box/inner", "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory");
        WriteMemory("memory", "9223372036854771712", "1", "1");
        WriteMemory("memory/box", "1073741824", "500", "200");
        WriteMemory("memory/box/inner", "2147483648", "400", "100");

        GroupUse.FindMemoryLimit(_root.Root, Machine).Should().Be((1L << 30, 500L, 200L));
    }

    [Test]
    public void Memory_of_version_2_is_found_where_a_container_shows_its_own_group_as_the_root()
    {
        Describe("0::/", "25 1 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw");
        Write("cgroup.controllers", "memory cpu");
        Write("memory.max", "1073741824");
        Write("memory.current", "500");
        Write("memory.stat", "anon 300\nfile 200\n");
        Write("cpu.max", "50000 100000");
        Write("cpu.stat", "usage_usec 1500000\nuser_usec 1\n");

        GroupUse.FindMemoryLimit(_root.Root, Machine).Should().Be((1L << 30, 500L, 200L));
        GroupUse.FindProcessorLimit(_root.Root).Should().Be((0.5, 1.5));
    }

    [Test]
    public void Processors_of_version_1_are_counted_in_the_hierarchy_of_the_accounting()
    {
        Describe(
            "2:cpuacct:/box\n1:cpu:/box",
            "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n33 31 0:30 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct");
        Write("cpu/box/cpu.cfs_quota_us", "150000");
        Write("cpu/box/cpu.cfs_period_us", "100000");
        Write("cpuacct/box/cpuacct.usage", "2500000000");

        GroupUse.FindProcessorLimit(_root.Root).Should().Be((1.5, 2.5));
    }

    [TestCase("max")]
    [TestCase("17179869184")]
    public void Limit_that_is_none_or_above_the_memory_of_the_machine_is_not_used(string limit)
    {
        Describe("0::/", "25 1 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw");
        Write("cgroup.controllers", "memory cpu");
        Write("memory.max", limit);
        Write("cpu.max", "max 100000");

        GroupUse.FindMemoryLimit(_root.Root, Machine).Should().BeNull();
        GroupUse.FindProcessorLimit(_root.Root).Should().BeNull();
    }

    [Test]
    public void Machine_without_control_groups_has_no_limits()
    {
        GroupUse.FindMemoryLimit(_root.Root, Machine).Should().BeNull();
        GroupUse.FindProcessorLimit(_root.Root).Should().BeNull();
    }

    public void Dispose() => _root.Dispose();

    private void Describe(string groups, string mounts)
    {
        _root.Create("proc/self/cgroup", groups + "\n");
        _root.Create("proc/self/mountinfo", mounts + "\n");
    }

    private void WriteMemory(string group, string limit, string used, string cache)
    {
        Write($"{group}/memory.limit_in_bytes", limit);
        Write($"{group}/memory.usage_in_bytes", used);
        Write($"{group}/memory.stat", $"cache 1\ntotal_cache {cache}\n");
    }

    private void Write(string file, string content) => _root.Create($"sys/fs/cgroup/{file}", content);
}
