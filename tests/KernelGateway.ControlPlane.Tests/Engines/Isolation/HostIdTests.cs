using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Bubblewrap;
using KernelGateway.ControlPlane.Engines.Isolation;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

/// <summary>Which ids of the host sandboxes get, and which they never get.</summary>
public sealed class HostIdTests
{
    private const uint First = 1_000_000;

    // 1,000,000 to 1,131,071.
    private static readonly HostIdRange Range = new(First, Sandboxes: 2);

    [TestCase("subuid", "alice:1131071:65536", "*overlap those of 'alice' in */subuid (1131071 to 1196606)")]
    [TestCase("subgid", "alice:900000:100001", "*overlap those of 'alice' in */subgid (900000 to 1000000)")]
    [TestCase("subuid", "1000:1:18446744073709551615", "*overlap those of '1000'*")]
    [TestCase("passwd", "root:x:0:0::/root:/bin/sh\nbob:x:1050000:100::/home/bob:/bin/sh", "*overlap those of 'bob' in */passwd (1050000 to 1050000)")]
    [TestCase("group", "staff:x:1000000:", "*the ids 1000000 to 1131071 overlap those of 'staff' in */group*")]
    public void Ids_that_somebody_on_the_host_has_or_may_map_are_found(string file, string content, string problem) =>
        FindOverlap(file, content).Should().Match(problem);

    [TestCase("subuid", "alice:100000:65536\nbob:1131072:65536\ncarol:1000000:0")]
    [TestCase("subuid", "# a comment\n\nalice:x:y\nalice:1000000")]
    [TestCase("passwd", "bob:x:999999:1000000::/home/bob:/bin/sh\nplus:x:-1:0:::")]
    [TestCase("hosts", "1000000:1000000:1000000:1000000")]
    public void Other_ids_are_not_in_the_way(string file, string content) => FindOverlap(file, content).Should().BeNull();

    [TestCase(0u, "*less than 65536*")]
    [TestCase(65_535u, "*less than 65536*")]
    [TestCase(4_294_967_000u, "*from 4294967000 on end with*the highest id is 4294967294")]
    [TestCase(4_294_836_224u, "*end with 4294967295*")]
    public void First_id_that_leaves_no_room_is_refused(uint first, string problem)
    {
        new HostIdRange(first, Sandboxes: 2).FindProblem().Should().Match(problem);

        FluentActions.Invoking(() => new BubblewrapEngine(new BubblewrapOptions { DataDirectory = "/none", FirstHostId = first, MaxSandboxes = 2 }))
            .Should().Throw<ArgumentException>().WithMessage($"The first user id cannot be used: {problem}*");
    }

    [TestCase(65_536u)]
    [TestCase(4_294_836_223u)]
    public void First_id_at_either_end_can_be_used(uint first) => new HostIdRange(first, Sandboxes: 2).FindProblem().Should().BeNull();

    [Test]
    public void Each_sandbox_gets_a_range_until_there_is_none_and_one_that_was_given_back_is_given_again()
    {
        var table = new HostIdTable(Range);

        table.Reserve("a").Should().Be(First);
        table.Reserve("b").Should().Be(First + 65_536);
        table.Invoking(it => it.Reserve("c")).Should().Throw<SandboxEngineException>().WithMessage("There are 2 sandboxes*");
        table.Invoking(it => it.Reserve("a")).Should().Throw<SandboxEngineException>().Which.Error.Should().Be(SandboxEngineError.AlreadyExists);
        table.GiveBack("a");

        table.Reserve("c").Should().Be(First);
    }

    [TestCase(First - 100, First + 65_536)]
    [TestCase(First + 65_537, First)]
    public void Range_that_overlaps_one_of_a_former_first_id_is_not_given(uint former, uint free)
    {
        var table = new HostIdTable(Range);
        table.Take("former", former);

        table.Reserve("a").Should().Be(free);
        table.Invoking(it => it.Reserve("b")).Should().Throw<SandboxEngineException>();
        table.GiveBack("former");
        table.Reserve("b").Should().NotBe(free);
    }

    private static string? FindOverlap(string file, string content)
    {
        var directory = Directory.CreateTempSubdirectory("kg-ids-");
        try
        {
            File.WriteAllText(Path.Combine(directory.FullName, file), content);
            return Range.FindOverlap(directory.FullName);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
