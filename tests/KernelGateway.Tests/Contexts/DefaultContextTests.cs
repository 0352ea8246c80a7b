using FluentAssertions;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class DefaultContextTests(TestedTransport tested)
{
    [Test]
    [CancelAfter(30_000)]
    public async Task State_of_the_first_caller_does_not_remain_in_the_default_context(CancellationToken cancellationToken)
    {
        var request = new AsyncLocal<string?> { Value = "a request" };
        string? seen = null;
        var launched = false;
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Launching = _ =>
        {
            launched = true;
            seen = request.Value;
        });

        var context = await scripted.Gateway.Contexts.GetOrCreateDefaultAsync("echo", cancellationToken);

        launched.Should().BeTrue();
        seen.Should().BeNull();
        request.Value.Should().Be("a request");
        (await scripted.Gateway.Contexts.GetOrCreateDefaultAsync("echo", cancellationToken)).Should().BeSameAs(context);
    }
}
