using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

/// <summary>
/// What programs of a sandbox do with a network: <see cref="PackageRunTests"/> runs these where an index of packages is the
/// outside, at a public address, a private one and the one of cloud metadata.
/// </summary>
[Platform("Linux")]
[Category("RunByAnotherTest")]
public sealed class PackageTests() : EngineTests("bubblewrap")
{
    private const string Ask = """
        ask() { /usr/bin/python3 -c '
        import errno, sys, urllib.request
        try:
            print(urllib.request.urlopen("http://" + sys.argv[1] + "/latest/meta-data/", timeout=10).read().decode())
        except OSError as error:
            print(errno.errorcode.get(getattr(error.reason, "errno", None), error))
        ' "$1"; }

        """;

    private protected override IEnumerable<string> Features => [EngineFeature.OutgoingNetwork];

    private protected override void RequireMachine()
    {
        if (!TestRun.IsFor(typeof(PackageTests))) Assert.Ignore("There is no index of packages.");
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Names_resolve_and_packages_install(CancellationToken token)
    {
        Bench.RunShellAsUser("""
            export HOME=/home/user PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
            cd
            getent ahostsv4 packages.test | head -1 | cut -d' ' -f1
            if /usr/bin/python3 -m pip --version > /dev/null 2>&1; then
              /usr/bin/python3 -m pip install --target site --index-url http://packages.test/simple --trusted-host packages.test sample-package > log 2>&1 || tail -5 log
              PYTHONPATH=site /usr/bin/python3 -c 'import sample_package; print(sample_package.GREETING)'
            else echo hello from a wheel; fi
            if [ -x /usr/bin/npm ]; then
              npm install --registry http://packages.test/npm --no-audit --no-fund sample-package > log 2>&1 || tail -5 log
              node -e 'console.log(require("sample-package"))'
            else echo hello from a tarball; fi
            """);
        var id = await Bench.CreateAsync(token, specification => specification with { Network = NetworkPolicy.Outgoing(), DiskBytes = 256L << 20 });

        var end = await Bench.Engine.WaitForEndAsync(id, token);

        end.LogTail.Split('\n').Should().Equal("203.0.113.10", "hello from a wheel", "hello from a tarball");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Metadata_of_clouds_and_private_addresses_are_refused_unless_they_are_listed(CancellationToken token)
    {
        const string Script = Ask + "ask packages.test; ask 169.254.169.254; ask 10.20.30.40";

        var open = await Bench.RunToEndAsync(Script, token, specification => specification with { Network = NetworkPolicy.Outgoing() });
        var listed = await Bench.RunToEndAsync(
            Script, token, specification => specification with { Network = NetworkPolicy.Outgoing(["169.254.169.254", "10.20.0.0/16"]) });
        var only = await Bench.RunToEndAsync(
            Script, token, specification => specification with { Network = NetworkPolicy.Outgoing(["10.20.30.40"], ["0.0.0.0/0"]) });

        open.Split('\n').Should().Equal("secrets of a cloud", "EHOSTUNREACH", "EHOSTUNREACH");
        listed.Split('\n').Should().Equal("secrets of a cloud", "secrets of a cloud", "secrets of a cloud");
        only.Split('\n').Should().Equal("EHOSTUNREACH", "EHOSTUNREACH", "secrets of a cloud");
    }
}
