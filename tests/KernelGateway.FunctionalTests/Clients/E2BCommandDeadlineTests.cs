using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>The npm package <c>e2b</c> as it is against <c>serve --command-deadline stream</c>.</summary>
public sealed class E2BCommandDeadlineTests
{
    [Test]
    [CancelAfter(120_000)]
    public async Task Command_outlives_the_time_limit_of_its_stream(CancellationToken cancellationToken)
    {
        await using var server = await SandboxServer.StartAsync(hasToken: false, "--command-deadline", "stream");

        await server.RunAsync("command_outlives_the_time_limit_of_its_stream", cancellationToken);
    }
}
