using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

public sealed class FileTests(string engineName) : EveryEngineTests(engineName)
{
    private const string Write =
        "echo 1 > /hello.txt; rm /etc/nsswitch.conf; echo 2 > /home/user/own; chown 1000:1000 /home/user/own; touch /run/gateway/ready; exec sleep 1000000";

    private const string Show = "cat /hello.txt; stat -c %u:%g /home/user/own /hello.txt; ls /etc/nsswitch.conf; echo 3 >> /hello.txt; cat /hello.txt";

    [TestCase(0)]
    [TestCase(64 << 20)]
    [CancelAfter(60_000)]
    public async Task Copy_of_the_files_begins_another_sandbox_and_is_independent(long diskBytes, CancellationToken token)
    {
        Bench.RunShell(Write);
        var id = await Bench.CreateAsync(token, specification => specification with { DiskBytes = diskBytes });
        await Bench.WaitForFileAsync(id, "ready", token);
        var copy = Path.Combine(Bench.Directory, "copy");

        await Bench.Engine.CopyFilesAsync(id, copy, token);

        for (var i = 0; i < 2; i++)
        {
            var output = await Bench.RunToEndAsync(Show, token, specification => specification with { Files = copy, DiskBytes = diskBytes });
            output.Split('\n').Should().Equal(
                "1", "1000:1000", "0:0", "ls: cannot access '/etc/nsswitch.conf': No such file or directory", "1", "3");
        }

        (await Bench.Engine.RecoverAsync(token)).Should().ContainSingle().Which.IsPaused.Should().BeFalse();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Link_to_a_file_of_the_host_is_copied_as_a_link(CancellationToken token)
    {
        Bench.RunShell("ln -s /etc/hostname /home/user/link; touch /run/gateway/ready; exec sleep 1000000");
        var id = await Bench.CreateAsync(token);
        await Bench.WaitForFileAsync(id, "ready", token);
        var copy = Path.Combine(Bench.Directory, "copy");

        await Bench.Engine.CopyFilesAsync(id, copy, token);

        new FileInfo(Path.Combine(copy, "upper/home/user/link")).LinkTarget.Should().Be("/etc/hostname");
    }

    [TestCase(0)]
    [TestCase(64 << 20)]
    [CancelAfter(60_000)]
    public async Task Kept_files_of_a_killed_sandbox_begin_another(long diskBytes, CancellationToken token)
    {
        Bench.RunShell(Write);
        var id = await Bench.CreateAsync(token, specification => specification with { DiskBytes = diskBytes });
        await Bench.WaitForFileAsync(id, "ready", token);
        var kept = Path.Combine(Bench.Directory, "kept");

        await Bench.Engine.KillAsync(id, kept, token);

        Bench.DescribeRest().Should().BeEmpty();
        var output = await Bench.RunToEndAsync(
            Show, token, specification => specification with { Files = kept, TakesFiles = true, DiskBytes = diskBytes });
        output.Should().StartWith("1\n1000:1000\n0:0\n");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Users_of_a_sandbox_write_where_their_rights_allow_it(CancellationToken token)
    {
        Bench.RunShellAsUser("id -un; touch /home/user/a /tmp/b /code/c /dev/shm/d && echo written; touch /e; touch /usr/f");
        var id = await Bench.CreateAsync(token);

        var end = await Bench.Engine.WaitForEndAsync(id, token);

        end.LogTail.Split('\n').Should().Equal(
            "user", "written", "touch: cannot touch '/e': Permission denied", "touch: cannot touch '/usr/f': Read-only file system");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Root_directory_of_a_template_is_not_changed_by_its_sandboxes(CancellationToken token)
    {
        var root = Path.Combine(Bench.Directory, "template");
        foreach (var name in new[] { "usr", "etc", "home/user", "tmp", "opt", "proc", "dev", "run" }) Directory.CreateDirectory(Path.Combine(root, name));
        foreach (var name in new[] { "bin", "lib", "lib64" }) File.CreateSymbolicLink(Path.Combine(root, name), "usr/" + name);
        await File.WriteAllTextAsync(Path.Combine(root, "of-template"), "1\n", token);

        var output = await Bench.RunToEndAsync(
            "cat /of-template; echo 2 > /of-template; cat /of-template; stat -c %u /of-template; ls /mnt/programs/sh",
            token,
            specification => specification with
            {
                Template = specification.Template with { RootDirectory = root, Mounts = [new("/usr", "/usr"), new("/usr/bin", "/mnt/programs")] },
            });

        output.Split('\n').Should().Equal("1", "2", "0", "/mnt/programs/sh");
        (await File.ReadAllTextAsync(Path.Combine(root, "of-template"), token)).Should().Be("1\n");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Sandboxes_do_not_see_each_other(CancellationToken token)
    {
        Bench.RunShell(Write);
        var first = await Bench.CreateAsync(token);
        await Bench.WaitForFileAsync(first, "ready", token);

        var output = await Bench.RunToEndAsync("ls /hello.txt; ls /proc | grep -c '^[0-9]'; cat /proc/self/uid_map", token);

        output.Should().StartWith("ls: cannot access '/hello.txt'");
        // The first process, the shell, ls and grep.
        int.Parse(output.Split('\n')[1], System.Globalization.CultureInfo.InvariantCulture).Should().BeLessThan(6);
        output.Should().NotContain($" {Bench.FirstHostId} ");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Command_has_no_descriptor_but_those_of_its_streams(CancellationToken token)
    {
        var output = await Bench.RunToEndAsync("ls /proc/self/fd; tr '\\0' ' ' < /proc/1/cmdline; wc -c < /proc/1/environ", token);

        output.Split('\n')[..4].Should().Equal("0", "1", "2", "3");
        output.Should().NotContain(Bench.Directory);
        // The variables of an OCI runtime's first process are those of the command, which the same users can read.
        if (Bench.EngineName == "bubblewrap") output.Split('\n')[4].Should().Contain("bwrap --args 3 -- /bin/sh").And.EndWith("0");
        else output.Should().Contain("/bin/sh -c \"$@\" 3>&-");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Socket_that_leads_elsewhere_is_refused(CancellationToken token)
    {
        using var other = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        var path = Path.Combine(Bench.Directory, "other.sock");
        other.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        other.Listen();
        Bench.RunShell($"ln -s {path} /run/gateway/sidecar.sock; exec sleep 1000000");
        var id = await Bench.CreateAsync(token);
        await Bench.WaitForFileAsync(id, "sidecar.sock", token);

        (await FluentActions.Awaiting(() => Bench.Engine.ConnectAsync(id, token).AsTask()).Should().ThrowAsync<SandboxEngineException>())
            .Which.Error.Should().Be(SandboxEngineError.Failed);
    }
}
