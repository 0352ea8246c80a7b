using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>The command <c>sudo</c> in sandboxes, with the unmodified npm package <c>e2b</c>.</summary>
[TestFixture("bubblewrap")]
[TestFixture("runc", Category = "EveryVariant")]
[TestFixture("crun", Category = "EveryVariant")]
[RequiresKernel]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one control plane for all cases; each has sandboxes of its own
public sealed class E2BSudoTests(string engineName) : SandboxPlaneTests(engineName)
{
    [TestCase("sudo_runs_commands_as_other_users")]
    [TestCase("sudo_has_an_environment_of_its_own")]
    [TestCase("sudo_passes_streams_and_ends_on")]
    [TestCase("sudo_commands_get_signals_and_end_with_their_caller")]
    [TestCase("sudo_works_in_a_terminal")]
    [TestCase("sudo_writes_and_installs_where_root_may")]
    [TestCase("sudo_works_in_cells")]
    [TestCase("sudo_refuses_other_users_and_floods")]
    [TestCase("sudo_outlives_pauses_and_copies")]
    [TestCase("sudo_is_switched_off_by_the_template")]
    [CancelAfter(180_000)]
    public Task Users_of_a_sandbox_become_root_in_it(string name, CancellationToken cancellationToken) =>
        Plane.RunClientAsync(name, cancellationToken);
}
