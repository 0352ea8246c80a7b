using FluentAssertions;
using KernelGateway.Soak.Resources;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests.Soak;

public class ResourceRulesTests
{
    private static readonly ResourceSample Start = new(60 << 20, 50, 20, 0);
    private static readonly ResourceSample Half = new(100 << 20, 90, 40, 12);
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(20);

    [Test]
    public void Returned_resources_balance() =>
        ResourceRules.Compare(Start, Half, Start with { ResidentBytes = 104 << 20 }, LongRun).Should().BeEmpty();

    [Test]
    public void Descriptor_that_stays_open_is_noticed() =>
        ResourceRules.Compare(Start, Half, Start with { Descriptors = 51 }, LongRun).Should().Equal("descriptors: 50 at the start, 51 at the end");

    [Test]
    public void Threads_that_stay_are_noticed() =>
        ResourceRules.Compare(Start, Half, Start with { Threads = 23 }, LongRun).Should().ContainSingle();

    [Test]
    public void File_that_stays_is_noticed() =>
        ResourceRules.Compare(Start, Half, Start with { Files = 1 }, LongRun).Should().ContainSingle();

    [Test]
    public void Memory_that_grows_behind_half_time_is_noticed() =>
        ResourceRules.Compare(Start, Half, Start with { ResidentBytes = 106 << 20 }, LongRun).Should().ContainSingle();

    [Test]
    public void Memory_of_a_short_run_may_grow_by_more() =>
        ResourceRules.Compare(Start, Half, Start with { ResidentBytes = 130 << 20 }, TimeSpan.FromMinutes(2)).Should().BeEmpty();
}
