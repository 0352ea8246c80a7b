using FluentAssertions;
using KernelGateway.Contexts;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

public sealed class RemovalReasonsTests
{
    private const int Capacity = 1000;

    [Test]
    public void A_context_that_came_back_and_was_removed_again_is_as_new_as_any()
    {
        var reasons = new RemovalReasons();
        reasons.Remember("a", "was culled");
        reasons.Forget("a");
        for (var i = 1; i < Capacity; i++) reasons.Remember($"other {i}", "was culled");

        reasons.Remember("A", "was culled again");
        reasons.Remember("last", "was culled");

        reasons.Find("a").Should().Be("was culled again");
        reasons.Find("other 1").Should().BeNull("the oldest entry is dropped");
        reasons.Find("other 2").Should().NotBeNull();
    }
}
