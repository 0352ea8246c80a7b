using System.Diagnostics;
using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>
/// <c>sandboxes serve</c> with bubblewrap as a user who is not root, and the unmodified npm packages. Every Debian system has the
/// user <c>games</c>.
/// </summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
[RequiresKernel]
public sealed class RootlessControlPlaneTests
{
    private const string User = "games";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rootless-");

    [TearDown]
    public void Remove() => _directory.Delete(recursive: true);

    [Test]
    [CancelAfter(180_000)]
    public async Task Sdk_uses_sandboxes_of_a_service_that_is_not_root(CancellationToken cancellationToken)
    {
        ClientScript.RequireNodePackage("e2b");
        await using var server = await StartAsync(cancellationToken);
        var key = server.Output.Split('\n').First(line => line.StartsWith("API key: ", StringComparison.Ordinal))["API key: ".Length..].Trim();
        var url = server.Url.ToString().TrimEnd('/');

        var id = (await ClientScript.RunNodeAsync(
            new Dictionary<string, string> { ["E2B_API_KEY"] = key, ["E2B_API_URL"] = url, ["E2B_SANDBOX_URL"] = url },
            cancellationToken, "sandboxes.mjs", "one_user")).Trim();

        id.Should().MatchRegex("^i[a-z0-9]{20}$");
        Directory.EnumerateDirectories(Path.Combine(_directory.FullName, "data/engine/bubblewrap/sandboxes")).Should().BeEmpty();
    }

    private async Task<ListeningProcess> StartAsync(CancellationToken cancellationToken)
    {
        var bubblewrap = File.Exists("/usr/bin/bwrap");
        if (!bubblewrap) Assert.Ignore("bubblewrap is not installed.");
        string[] prefix = [];
        if (Environment.IsPrivilegedProcess)
        {
            using var owner = Process.Start("chown", [User, _directory.FullName]);
            await owner.WaitForExitAsync(cancellationToken);
            prefix = ["setpriv", "--reuid", User, "--regid", User, "--clear-groups", "env", $"HOME={_directory.FullName}", $"TMPDIR={_directory.FullName}"];
        }

        string[] command =
        [
            .. prefix, "dotnet", Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"), "sandboxes", "serve", "--port", "0",
            "--host", "127.0.0.1", "--network", "none", "--data-dir", Path.Combine(_directory.FullName, "data"),
        ];
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = _directory.FullName };
        return await ListeningProcess.StartAsync(
            start, line => line.StartsWith("Listening on ", StringComparison.Ordinal) ? line["Listening on ".Length..] : null, cancellationToken);
    }
}
