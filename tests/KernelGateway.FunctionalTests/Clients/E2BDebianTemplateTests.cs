using System.Diagnostics;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>
/// The templates that <c>scripts/build-templates.sh</c> builds from packages of Debian, with the unmodified npm packages. It downloads
/// hundreds of megabytes, so only the largest size of the tests runs it.
/// </summary>
[Platform("Linux")]
[Category("EveryVariant")]
public sealed class E2BDebianTemplateTests
{
    [Test]
    [CancelAfter(1_800_000)]
    public async Task Sandboxes_run_code_and_commands_of_the_packages(CancellationToken cancellationToken)
    {
        ClientScript.RequireNodePackage("@e2b/code-interpreter");
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root builds templates.");
        if (!File.Exists("/usr/sbin/debootstrap")) Assert.Ignore("debootstrap is not installed; ./test.sh --all installs it.");
        await using var plane = await SandboxPlane.StartAsync("bubblewrap");
        string[] arguments =
        [
            "--data-dir", plane.DataDirectory, "--output", plane.TemplatesDirectory,
            "--gateway", Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"),
        ];

        var (exitCode, output) = await ProgramRun.RunAsync(
            new ProcessStartInfo(Repository.PathOf("scripts/build-templates.sh"), arguments) { WorkingDirectory = "/" }, cancellationToken);

        exitCode.Should().Be(0, output);
        output.Should().MatchRegex("(?m)^base .*/base/root$").And.MatchRegex("(?m)^code-interpreter-v1 .*/code-interpreter-v1/root$");
        await plane.RunClientAsync("debian_templates", cancellationToken);
    }
}
