using FluentAssertions;
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

    [Test]
    [CancelAfter(180_000)]
    public async Task Sandbox_has_the_files_user_directory_and_variables_of_its_image(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("image-");
        try
        {
            var layout = await HostImage.WriteAsync(directory.FullName, cancellationToken);
            using var build = CommandRun.Start(
                "/", new Dictionary<string, string>(), ["templates", "build", "from-image", layout, "--templates", Plane.TemplatesDirectory]);
            var (code, _, error) = await build.WaitAsync(cancellationToken);
            code.Should().Be(0, error);

            await Plane.RunClientAsync("image", cancellationToken);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
