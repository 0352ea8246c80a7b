using KernelGateway.ControlPlane.Tests.Support;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

/// <summary>Runs <see cref="PackageTests"/> in a network of their own, with an index of packages at the other end.</summary>
[Platform("Linux")]
public sealed class PackageRunTests
{
    [Test]
    [CancelAfter(400_000)]
    public async Task Sandboxes_with_a_network_pass_the_tests_of_packages(CancellationToken token)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can make the network of these tests.");
        foreach (var program in new[] { "/usr/bin/python3", "/usr/bin/slirp4netns", "/usr/sbin/nft" })
            if (!File.Exists(program)) Assert.Ignore($"{program} is not installed.");
        var folder = Repository.PathOf("tests", "KernelGateway.ControlPlane.Tests", "Engines", "Isolation");
        var directory = Directory.CreateTempSubdirectory("kg-packages-");
        // Sandboxes have users of their own, who pass through it.
        File.SetUnixFileMode(directory.FullName, File.GetUnixFileMode(directory.FullName) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        try
        {
            await TestRun.CheckAsync(
                typeof(PackageTests),
                directory.FullName,
                ["unshare", "--net", "--mount", "--", "/bin/sh", Path.Combine(folder, "outside.sh"), Path.Combine(folder, "index.py"), directory.FullName],
                token);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
