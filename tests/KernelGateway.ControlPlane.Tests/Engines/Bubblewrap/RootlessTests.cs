using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Tests.Engines.Isolation;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Bubblewrap;

/// <summary>Sandboxes of a service that does not run as root. <see cref="OrdinaryUserRunTests"/> runs these where the tests do.</summary>
[Platform("Linux")]
[Category("RunByAnotherTest")]
public sealed class RootlessTests() : EngineTests("bubblewrap")
{
    private static readonly Dictionary<string, string> Attempts = new(HostileTests.AsUser)
    {
        // All of these concern the only user, to whom everything in the sandbox belongs.
        ["4 shadow by the root of process 1"] = "ENOENT",
        ["42 kill of process 1"] = "succeeds",
        ["43 link in the shared directory"] = "succeeds",
        ["44 set-user-id program in the shared directory"] = "succeeds",
        ["45 hard link"] = "EXDEV",
        ["environment of process 1"] = "empty",
        ["home of root"] = "[]",
        ["socket of the sidecar"] = "['attempts', 'link', 'program']",
        ["users of the range"] = "EINVAL",
        // A limit for each file.
        ["38 shared memory"] = "EFBIG",
        ["41 disk"] = "EFBIG",
    };

    private protected override void RequireMachine()
    {
        if (Environment.IsPrivilegedProcess) Assert.Ignore("The tests run as root.");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Sandbox_has_one_user_without_rights_and_a_writable_root(CancellationToken token)
    {
        var output = await Bench.RunToEndAsync(
            "id -un; id -u; pwd; echo $HOME $USER; cut -c7- /proc/self/uid_map | tr -s ' '; grep -c '^Cap.*:.0*$' /proc/self/status; grep NoNewPrivs /proc/self/status;"
                + "echo 1 > /hello && cp /usr/bin/id /home/user/id && touch /code/a /tmp/b && echo written; setpriv --reuid 0 true; cat /etc/shadow; ls /proc | grep -c '^[0-9]'",
            token);

        output.Split('\n')[..8].Should().Equal(
            "user", "1000", "/home/user", "/home/user user", "1000 0 1", "5", "NoNewPrivs:\t1", "written");
        output.Should().Contain("setresuid failed").And.Contain("/etc/shadow: No such file");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Report_says_what_is_missing_and_what_to_do(CancellationToken token)
    {
        var report = await Bench.Engine.CheckAsync(token);

        report.CanCreate.Should().BeTrue();
        report.Allows(EngineFeature.Users).Should().BeFalse();
        report.Features.Single(feature => feature.Name == EngineFeature.DiskLimit).Detail.Should().Contain("only root can mount");
        report.Features.Should().AllSatisfy(feature => feature.Detail.Should().NotContain("Broken pipe"));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Processes_are_limited_for_each_sandbox_alone(CancellationToken token)
    {
        Bench.RunShell("i=0; while [ $i -lt 60 ]; do sleep 1000 & i=$((i+1)); done; touch /run/gateway/full; wait");
        var first = await Bench.CreateInstanceAsync(token, specification => specification with { MaxProcesses = 80 });
        await Bench.WaitForFileAsync(first.Id, "full", token);

        var output = await Bench.RunToEndAsync(
            "i=0; while [ $i -lt 40 ]; do sleep 100 & i=$((i+1)); done; echo forty; while [ $i -lt 200 ]; do sleep 100 & i=$((i+1)); done; echo all were started",
            token,
            specification => specification with { MaxProcesses = 80, MemoryBytes = 64L << 20 });

        output.Should().Contain("forty").And.Contain("ork").And.NotContain("all were started");
        first.Notes.Should().NotContain(note => note.Contains("number of processes", StringComparison.Ordinal));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Memory_and_files_of_one_process_are_limited_and_the_details_say_that_more_is_not(CancellationToken token)
    {
        Bench.RunShell("tail /dev/zero; head -c 40000000 /dev/zero > /tmp/a; ls -s /tmp/a | cut -d' ' -f1");

        var instance = await Bench.CreateInstanceAsync(token, specification => specification with { MemoryBytes = 64L << 20, DiskBytes = 16L << 20 });
        var end = await Bench.Engine.WaitForEndAsync(instance.Id, token);

        end.LogTail.Should().Contain("memory exhausted").And.Contain("File size limit exceeded").And.EndWith("16384");
        instance.Notes.Should().Contain(note => note.Contains("RLIMIT_DATA", StringComparison.Ordinal))
            .And.Contain(note => note.Contains("RLIMIT_FSIZE", StringComparison.Ordinal));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Files_without_rights_are_copied_moved_and_removed(CancellationToken token)
    {
        Bench.RunShell("mkdir /closed; echo 1 > /closed/file; chmod 0 /closed/file /closed; rm /etc/nsswitch.conf; touch /run/gateway/ready; exec sleep 1000000");
        var id = await Bench.CreateAsync(token);
        await Bench.WaitForFileAsync(id, "ready", token);
        var (copy, kept) = (Path.Combine(Bench.Directory, "copy"), Path.Combine(Bench.Directory, "kept"));

        await Bench.Engine.CopyFilesAsync(id, copy, token);
        await Bench.Engine.KillAsync(id, kept, token);

        Bench.DescribeRest().Should().BeEmpty();
        foreach (var (files, isTaken) in new[] { (copy, false), (copy, false), (kept, true) })
        {
            var output = await Bench.RunToEndAsync(
                "chmod 700 /closed; chmod 600 /closed/file; cat /closed/file; test -e /etc/nsswitch.conf || echo gone",
                token,
                specification => specification with { Files = files, TakesFiles = isTaken });
            output.Should().Be("1\ngone");
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Next_control_plane_finds_pauses_resumes_and_ends_the_sandbox(CancellationToken token)
    {
        Bench.RunShell("touch /run/gateway/ready; exec sleep 1000000");
        var id = await Bench.CreateAsync(token);
        await Bench.WaitForFileAsync(id, "ready", token);

        var found = await Bench.RestartAsync();
        var method = await Bench.Engine.PauseAsync(id, token);
        var paused = (await Bench.RestartAsync()).Single();
        await Bench.Engine.ResumeAsync(id, token);
        await Bench.Engine.KillAsync(id, null, token);

        found.Should().ContainSingle().Which.Id.Should().Be(id);
        method.Should().Be(PauseMethod.StopSignal);
        paused.IsPaused.Should().BeTrue();
        Bench.DescribeRest().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Sidecar_answers_within_the_limits(CancellationToken token)
    {
        var id = await Bench.CreateAsync(token, specification => specification with { MemoryBytes = 512L << 20, MaxProcesses = 512 });

        (await Bench.GetAsync(id, "/health", token)).Should().NotBeNull();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Without_an_overlay_home_and_temporary_files_are_writable_and_the_details_say_so(CancellationToken token)
    {
        await Bench.UseReadOnlyRootAsync();
        Bench.RunShell("touch /home/user/a /tmp/b /var/tmp/c /code/d && echo written; touch /e");

        var instance = await Bench.CreateInstanceAsync(token);
        var end = await Bench.Engine.WaitForEndAsync(instance.Id, token);

        end.LogTail.Should().StartWith("written\ntouch: cannot touch '/e': Read-only file system");
        instance.Notes.Should().Contain(note => note.StartsWith("Only the home directory", StringComparison.Ordinal));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Socket_of_another_process_of_the_same_user_is_refused(CancellationToken token)
    {
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = Path.Combine(Bench.Directory, "other.sock");
        other.Bind(new UnixDomainSocketEndPoint(path));
        other.Listen();
        Bench.RunShell($"ln -s {path} /run/gateway/sidecar.sock; exec sleep 1000000");
        var id = await Bench.CreateAsync(token);
        await Bench.WaitForFileAsync(id, "sidecar.sock", token);

        (await FluentActions.Awaiting(() => Bench.Engine.ConnectAsync(id, token).AsTask()).Should().ThrowAsync<SandboxEngineException>())
            .Which.Error.Should().Be(SandboxEngineError.Failed);
    }

    [Test]
    [CancelAfter(120_000)]
    public Task Attempts_to_leave_the_sandbox_fail(CancellationToken token) => HostileTests.CheckAsync(Bench, [], Attempts, token);

    [Test]
    [CancelAfter(60_000)]
    public async Task Network_reaches_what_is_allowed_and_nothing_is_left_of_it(CancellationToken token)
    {
        await RequireNetworkAsync();
        var address = AddressRules.ListHostAddresses().First(found => !found.StartsWith("127.", StringComparison.Ordinal));
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        var greeting = NetworkTests.GreetAsync(listener, token);
        var script = $"{NetworkTests.Connect.TrimEnd()} {address}:{((IPEndPoint)listener.LocalEndpoint).Port} 169.254.169.254:80";

        var refused = await Bench.RunToEndAsync(script, token, specification => specification with { Network = NetworkPolicy.Outgoing() });
        var allowed = await Bench.RunToEndAsync(script, token, specification => specification with { Network = NetworkPolicy.Outgoing([address]) });

        refused.Split('\n').Should().Equal("EHOSTUNREACH", "EHOSTUNREACH");
        allowed.Split('\n').Should().Equal("hello", "EHOSTUNREACH");
        Bench.DescribeRest().Should().BeEmpty();
        listener.Stop();
        await greeting;
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Network_of_a_running_sandbox_changes_unless_it_was_created_without_one(CancellationToken token)
    {
        await RequireNetworkAsync();
        Bench.RunShell("exec sleep 1000000");
        var connected = await Bench.CreateAsync(token, specification => specification with { Network = NetworkPolicy.Outgoing() });
        var alone = await Bench.CreateAsync(token);

        await Bench.Engine.SetNetworkAsync(connected, NetworkPolicy.Outgoing(["192.0.2.1"]), token);
        await Bench.Engine.SetNetworkAsync(alone, NetworkPolicy.None, token);

        (await FluentActions.Awaiting(() => Bench.Engine.SetNetworkAsync(alone, NetworkPolicy.Outgoing(), token)).Should().ThrowAsync<SandboxEngineException>())
            .Which.Error.Should().Be(SandboxEngineError.NotSupported);
    }

    private Task RequireNetworkAsync()
    {
        NetworkTests.RequirePython();
        return Bench.RequireAsync(EngineFeature.OutgoingNetwork);
    }
}
