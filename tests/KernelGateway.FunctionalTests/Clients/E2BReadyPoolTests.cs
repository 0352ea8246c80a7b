using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>The npm package <c>@e2b/code-interpreter</c> as it is, against a control plane that keeps sandboxes ready.</summary>
[RequiresKernel]
public sealed class E2BReadyPoolTests
{
    private const int SandboxIsReady = 7273;

    [Test]
    [CancelAfter(180_000)]
    public async Task Sandboxes_of_the_pool_are_as_their_requests_say_and_the_rest_ends_with_the_control_plane(
        CancellationToken cancellationToken)
    {
        ClientScript.RequireNodePackage("e2b");
        await using var plane = await SandboxPlane.StartAsync(
            "bubblewrap", new Dictionary<string, int> { ["code-interpreter-v1"] = 2 });
        await plane.Log.WaitForAsync(SandboxIsReady, 2, cancellationToken);
        var ready = plane.Log.Entries
            .Where(entry => entry.EventId.Id == SandboxIsReady)
            .Select(entry => (string)entry["SandboxId"]!)
            .ToList();

        var output = await plane.RunClientAsync("ready_pool", cancellationToken);

        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().BeEquivalentTo(ready, "both were taken from the pool");
        await plane.StopAsync();
        Directory.EnumerateDirectories(Path.Combine(plane.EngineDirectory, "sandboxes")).Should().BeEmpty();
    }
}
