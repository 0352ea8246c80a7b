using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.ControlPlane.Tests.Support;
using Newtonsoft.Json;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

/// <summary>Attempts of a program to leave its sandbox, as the ordinary user and as root inside.</summary>
public sealed class HostileTests(string engineName) : EveryEngineTests(engineName)
{
    private const string Python = "/usr/bin/python3";

    internal static readonly Dictionary<string, string> AsUser = new()
    {
        ["1 ptrace of a host process"] = "EPERM",
        ["2 kill of a host process"] = "ESRCH",
        ["2 pidfd of a host process"] = "ESRCH",
        ["3 environment of a host process"] = "ENOENT",
        ["4 shadow by the root of process 1"] = "EACCES",
        ["5 memory of process 1"] = "EPERM",
        ["6 descriptor of process 1"] = "EPERM",
        ["7 mount"] = "EPERM",
        ["7 remount"] = "EPERM",
        ["7 unmount"] = "EPERM",
        ["7 pivot_root"] = "EPERM",
        ["8 fsopen"] = "EPERM",
        ["8 open_tree"] = "EPERM",
        ["8 mount_setattr"] = "EPERM",
        ["8 move_mount"] = "EPERM",
        ["9 unshare of users"] = "EPERM",
        ["9 clone of users"] = "EPERM",
        ["10 unshare of mounts"] = "EPERM",
        ["10 setns"] = "EPERM",
        ["11 clone3"] = "ENOSYS",
        ["12 chroot"] = "EPERM",
        ["13 block device"] = "EPERM",
        ["13 whiteout"] = "EPERM",
        ["14 session keyring"] = "EPERM",
        ["14 key"] = "EPERM",
        ["15 bpf"] = "EPERM",
        ["16 perf"] = "EPERM",
        ["17 io_uring"] = "ENOSYS",
        ["18 userfaultfd"] = "EPERM",
        ["18 userfaultfd of user mode"] = "EPERM",
        ["19 open_by_handle_at"] = "EPERM",
        ["19 name_to_handle_at"] = "EPERM",
        ["20 module"] = "EPERM",
        ["20 kexec"] = "EPERM",
        ["21 reboot"] = "EPERM",
        ["21 swap"] = "EPERM",
        ["21 host name"] = "EPERM",
        ["21 time"] = "EPERM",
        ["21 kernel log"] = "EPERM",
        ["22 TIOCSTI"] = "EPERM",
        ["22 TIOCSTI with upper bits"] = "EPERM",
        ["23 TIOCLINUX"] = "EPERM",
        ["24 terminal"] = "ENXIO",
        ["24 memory device"] = "ENOENT",
        ["24 kernel messages"] = "ENOENT",
        ["24 disk"] = "ENOENT",
        ["24 kernel memory"] = "ENOENT",
        ["25 sysrq"] = "refused",
        ["26 core pattern"] = "EACCES",
        ["27 last process id"] = "EPERM",
        ["27 map of users"] = "EPERM",
        ["28 memory score"] = "EACCES",
        ["28 nice"] = "EPERM",
        ["28 real-time"] = "EPERM",
        ["29 kernel symbols"] = "zero",
        ["30 sys"] = "[]",
        ["30 control groups"] = "ENOENT",
        ["31 packet socket"] = "EAFNOSUPPORT",
        ["31 vsock"] = "EAFNOSUPPORT",
        ["31 alg socket"] = "EAFNOSUPPORT",
        ["32 raw socket"] = "EPERM",
        ["32 port 80"] = "EACCES",
        ["32 netlink"] = "succeeds",
        ["33 loopback of the host"] = "ECONNREFUSED",
        ["33 address of the host"] = "ENETUNREACH",
        ["33 abstract socket of the host"] = "ECONNREFUSED",
        ["34 socket of docker"] = "ENOENT",
        ["34 data directory"] = "ENOENT",
        ["35 capabilities"] = "EPERM",
        ["35 new privileges"] = "EINVAL",
        ["36 set-user-id program of root"] = "1000",
        ["37 programs"] = "EROFS",
        ["37 limit"] = "ValueError",
        ["38 shared memory"] = "ENOSPC",
        ["41 disk"] = "ENOSPC",
        ["42 kill of process 1"] = "EPERM",
        ["43 link in the shared directory"] = "EACCES",
        ["44 set-user-id program in the shared directory"] = "EACCES",
        ["45 hard link"] = "EACCES",
        ["environment of process 1"] = "EACCES",
        ["command line of process 1"] = "False",
        ["home of root"] = "EACCES",
        ["socket of the sidecar"] = "EACCES",
        ["users of the range"] = "EPERM",
        ["user outside of the range"] = "EINVAL",
    };

    // Root inside has six capabilities, which count for what belongs to users of its range.
    private static readonly Dictionary<string, string> AsRoot = new(AsUser)
    {
        ["4 shadow by the root of process 1"] = "ENOENT",
        ["30 control groups"] = "ENOENT",
        ["36 set-user-id program of root"] = "0",
        ["42 kill of process 1"] = "succeeds",
        // What they are outside, the end of the test examines.
        ["43 link in the shared directory"] = "succeeds",
        ["44 set-user-id program in the shared directory"] = "succeeds",
        ["45 hard link"] = "EXDEV",
        ["environment of process 1"] = "empty",
        ["home of root"] = "[]",
        ["socket of the sidecar"] = "['attempts', 'link', 'program']",
        ["users of the range"] = "None",
    };

    // An OCI runtime makes /proc/sys read-only, and gives the variables of the sidecar to the first process.
    private static readonly Dictionary<string, string> OfOciRuntimes = new()
    {
        ["27 last process id"] = "EROFS",
        ["environment of process 1"] = "variables",
    };

    [Test]
    [CancelAfter(120_000)]
    public Task Attempts_of_the_user_fail(CancellationToken token) =>
        CheckAsync(Bench, ["/usr/bin/setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "--inh-caps=-all"], AsUser, token);

    [Test]
    [CancelAfter(120_000)]
    public Task Attempts_of_root_inside_fail(CancellationToken token) => CheckAsync(Bench, [], AsRoot, token);

    internal static async Task CheckAsync(EngineBench bench, string[] prefix, Dictionary<string, string> expected, CancellationToken token)
    {
        if (!File.Exists(Python)) Assert.Ignore($"{Python} is not installed.");
        using var loopback = Listen(new IPEndPoint(IPAddress.Any, 0));
        var name = "kernel-gateway-test-" + Path.GetFileName(bench.Directory);
        using var named = Listen(new UnixDomainSocketEndPoint("\0" + name));
        var host = JsonConvert.SerializeObject(new
        {
            // A process that the sandbox cannot have by the same number.
            pid = Environment.ProcessId,
            address = FindAddress(),
            port = ((IPEndPoint)loopback.LocalEndPoint!).Port,
            @abstract = name,
            data = bench.Directory,
        });
        bench.Run(
        [
            "/bin/sh", "-c",
            "exec 5> /run/gateway/attempts; cp /usr/bin/id /tmp/set-user-id; chmod 4755 /tmp/set-user-id; cat > /tmp/hostile.py <<'END'\n" + ReadScript() + "\nEND\nexec \"$@\" >&5 2>&1", "sh",
            .. prefix, Python, "/tmp/hostile.py", host,
        ]);
        var id = await bench.CreateAsync(token, specification => specification with { MemoryBytes = 512L << 20, MaxProcesses = 100 });

        var end = await bench.Engine.WaitForEndAsync(id, token);

        var results = File.ReadAllLines(Path.Combine(bench.SocketDirectory(id), "attempts"))
            .Select(line => line.Split('\t')).Where(fields => fields.Length == 2).ToDictionary(fields => fields[0], fields => fields[1]);
        end.Should().Be(new KernelGateway.ControlPlane.Engines.SandboxEnd(0, false, ""));
        results.Should().HaveCount(expected.Count);
        await CheckSharedDirectoryAsync(bench, id, token);
        string.Join('\n', results.Where(result => ExpectedOf(result.Key) != result.Value)
            .Select(result => $"{result.Key}: {result.Value}, not {ExpectedOf(result.Key)}"))
            .Should().BeEmpty();

        string? ExpectedOf(string attempt) =>
            bench.EngineName != "bubblewrap" && expected.GetValueOrDefault(attempt) != "EACCES" && OfOciRuntimes.TryGetValue(attempt, out var differs)
                ? differs
                : expected.GetValueOrDefault(attempt);
    }

    // Programs inside may make files with any rights in a directory that exists outside too.
    private static async Task CheckSharedDirectoryAsync(EngineBench bench, string id, CancellationToken token)
    {
        const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        (File.GetUnixFileMode(bench.PathOf(id)) & Others).Should().Be(UnixFileMode.None, "other users of the host cannot reach what is in it");
        if (!Environment.IsPrivilegedProcess) return;
        using var attempt = Process.Start(new ProcessStartInfo(
            "setpriv",
            ["--reuid", "games", "--regid", "games", "--clear-groups", "/bin/sh", "-c", $"! {bench.SocketDirectory(id)}/program && ! cat {bench.SocketDirectory(id)}/link"])
        {
            RedirectStandardError = true,
        })!;
        var problem = await attempt.StandardError.ReadToEndAsync(token);
        await attempt.WaitForExitAsync(token);
        attempt.ExitCode.Should().Be(0);
        problem.Should().Contain("Permission denied").And.NotContain("No such file");
    }

    private static string ReadScript()
    {
        using var reader = new StreamReader(typeof(HostileTests).Assembly.GetManifestResourceStream("hostile.py")!);
        return reader.ReadToEnd();
    }

    private static Socket Listen(EndPoint place)
    {
        var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(place);
        socket.Listen();
        return socket;
    }

    private static string FindAddress() => System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(found => found.GetIPProperties().UnicastAddresses)
        .Select(found => found.Address)
        .First(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))
        .ToString();
}
