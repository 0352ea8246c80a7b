using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>What the unmodified npm package <c>e2b</c> can do only where a sandbox has files and users of its own.</summary>
[TestFixture("bubblewrap")]
[TestFixture("runc", Category = "EveryVariant")]
[RequiresKernel]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one control plane for all cases; each has sandboxes of its own
public sealed class E2BIsolatedSandboxTests(string engineName) : SandboxPlaneTests(engineName)
{
    [TestCase("snapshots")]
    [TestCase("forks")]
    [TestCase("absolute_paths_and_root")]
    [TestCase("code_interpreter_inside")]
    [TestCase("commands_of_the_template")]
    [CancelAfter(180_000)]
    public Task Sandboxes_with_a_root_of_their_own_work_unmodified(string name, CancellationToken cancellationToken) =>
        Plane.RunClientAsync(name, cancellationToken);
}
