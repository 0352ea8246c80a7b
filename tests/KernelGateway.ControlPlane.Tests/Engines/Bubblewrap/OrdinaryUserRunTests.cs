using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Bubblewrap;

/// <summary>
/// Runs <see cref="RootlessTests"/> as an ordinary user; for root as one who may use the device for tunnels. Every Debian system has
/// the user <c>games</c>.
/// </summary>
[Platform("Linux")]
public sealed class OrdinaryUserRunTests
{
    private const string User = "games";

    private const string WithTunnels =
        "mount -t tmpfs none /dev/net && mknod -m 666 /dev/net/tun c 10 200; exec \"$@\"";

    private static readonly string[] AsUser =
    [
        "unshare", "--mount", "--", "/bin/sh", "-c", WithTunnels, "user",
        "setpriv", "--reuid", User, "--regid", User, "--clear-groups",
    ];

    [Test]
    [CancelAfter(400_000)]
    public async Task Sandboxes_of_an_ordinary_user_pass_the_tests_for_them(CancellationToken token)
    {
        var directory = Directory.CreateTempSubdirectory("kg-user-");
        try
        {
            var isRoot = Environment.IsPrivilegedProcess;
            if (isRoot) await TestRun.RunAsync("chown", [User, directory.FullName], token);
            await TestRun.CheckAsync(typeof(RootlessTests), directory.FullName, isRoot ? AsUser : [], token);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
