using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>
/// <c>sandboxes serve</c> with bubblewrap as a user who is not root, and the unmodified npm packages. Every Debian system has the
/// user <c>games</c>.
/// </summary>
[Platform("Linux")]
[RequiresKernel]
public sealed class RootlessControlPlaneTests
{
    private const string User = "games";

    [Test]
    [CancelAfter(180_000)]
    public async Task Sdk_uses_sandboxes_of_a_service_that_is_not_root(CancellationToken cancellationToken)
    {
        ClientScript.RequireNodePackage("e2b");
        if (!File.Exists("/usr/bin/bwrap")) Assert.Ignore("bubblewrap is not installed.");
        await using var plane = await PlaneProcess.StartAsync(User, cancellationToken, "--network", "none");

        var id = (await ClientScript.RunNodeAsync(plane.Environment, cancellationToken, "sandboxes.mjs", "one_user")).Trim();

        id.Should().MatchRegex("^i[a-z0-9]{20}$");
        Directory.EnumerateDirectories(Path.Combine(plane.DataDirectory, "engine/bubblewrap/sandboxes")).Should().BeEmpty();
    }
}
