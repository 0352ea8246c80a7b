using System.Runtime.InteropServices;
using FluentAssertions;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Tests.Launching.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

[Platform("Linux")]
public class ProcessSurroundingsTests
{
    private const string Hostile = "a 'b' \"c\" $HOME `d` %s {x} \\ \n\t é \u65e5\u672c \U0001F600 ";

    // The report is written to a file, because output would pass through the code under test.
    private const string Report =
        """
        import json, os, sys
        report = dict(argv=sys.argv[1:], env=dict(os.environ), cwd=os.getcwd(), sid=os.getsid(0), pgid=os.getpgid(0), pid=os.getpid(),
            stdin=os.readlink("/proc/self/fd/0"), fds=sorted(int(n) for n in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + n)))
        with open(os.environ["REPORT"], "w") as file: json.dump(report, file)
        """;

    [Test, CancelAfter(30_000)]
    public async Task Arguments_and_environment_arrive_as_they_were_given(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var spec = LaunchBench.PythonScript(Report) with { Argv = [LaunchBench.Python, "-c", Report, Hostile, "", "{unknown}"] };

        var report = await ReportAsync(bench, LaunchBench.Launch(spec, ("HOSTILE", Hostile), ("EMPTY", "")), cancellationToken);

        report["argv"]!.ToObject<string[]>().Should().Equal(Hostile, "", "{unknown}");
        ((string?)report["env"]!["HOSTILE"]).Should().Be(Hostile);
        ((string?)report["env"]!["EMPTY"]).Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Environment_has_only_allowed_and_given_variables(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.GetEnvironment = () => new Dictionary<string, string>
        {
            ["PATH"] = "/usr/bin:/bin",
            ["LC_TIME"] = "C.UTF-8",
            ["KERNELGATEWAY__TOKEN"] = "secret",
            ["AWS_SECRET_ACCESS_KEY"] = "secret",
            ["JPY_PARENT_PID"] = "1",
        });
        var spec = LaunchBench.PythonScript(Report) with { Environment = new Dictionary<string, string> { ["FROM_SPEC"] = "${PATH}:/opt" } };

        var report = await ReportAsync(bench, LaunchBench.Launch(spec, ("GIVEN", "1")), cancellationToken);

        var environment = report["env"]!.ToObject<Dictionary<string, string>>()!;
        // Python sets LC_CTYPE itself when the locale is C.
        environment.Remove("LC_CTYPE");
        environment.Keys.Should().BeEquivalentTo("PATH", "LC_TIME", "FROM_SPEC", "GIVEN", "REPORT", KernelMark.VariableName);
        environment["FROM_SPEC"].Should().Be("/usr/bin:/bin:/opt");
    }

    [Test, CancelAfter(30_000)]
    public async Task Kernel_runs_in_the_directory_it_was_given(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var directory = Directory.CreateDirectory(bench.Directory.Combine("wörk dir\n")).FullName;
        var launch = LaunchBench.Launch(LaunchBench.PythonScript(Report)) with { WorkingDirectory = directory };

        ((string?)(await ReportAsync(bench, launch, cancellationToken))["cwd"]).Should().Be(directory);
    }

    [Test, CancelAfter(30_000)]
    public async Task Kernel_runs_in_the_gateways_directory_when_none_was_given(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();

        var report = await ReportAsync(bench, LaunchBench.Launch(LaunchBench.PythonScript(Report)), cancellationToken);

        ((string?)report["cwd"]).Should().Be(Environment.CurrentDirectory);
    }

    [Test, CancelAfter(30_000)]
    public async Task Kernel_leads_a_session_and_a_group_of_its_own(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();

        var report = await ReportAsync(bench, LaunchBench.Launch(LaunchBench.PythonScript(Report)), cancellationToken);

        ((int)report["sid"]!).Should().Be((int)report["pid"]!);
        ((int)report["pgid"]!).Should().Be((int)report["pid"]!);
    }

    [Test, CancelAfter(30_000)]
    public async Task Kernel_has_no_file_descriptor_but_its_three(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        // A descriptor without close-on-exec, as native code may create it.
        var careless = Duplicate(1);
        careless.Should().BeGreaterThan(2);
        try
        {
            var report = await ReportAsync(bench, LaunchBench.Launch(LaunchBench.PythonScript(Report)), cancellationToken);

            report["fds"]!.ToObject<int[]>().Should().Equal(0, 1, 2);
            ((string?)report["stdin"]).Should().Be("/dev/null");
        }
        finally
        {
            _ = CloseDescriptor(careless);
        }
    }

    [Test, CancelAfter(30_000)]
    public async Task Kernel_ignores_and_blocks_no_signal(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var process = await bench.LaunchAsync(LaunchBench.Spec("/bin/grep", "Sig[BI]", "/proc/self/status"), cancellationToken);

        await process.Exited.WaitAsync(cancellationToken);

        var masks = process.StandardOutputTail.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(line => line[..6], line => Convert.ToUInt64(line[8..], 16));
        // glibc reserves the signals 32 and 33 for its threads and leaves them ignored in the processes that it spawns.
        (masks["SigIgn"] & ~0x1_8000_0000UL).Should().Be(0, "this process ignores SIGPIPE, as every .NET process does");
        masks["SigBlk"].Should().Be(0);
    }

    [Test, CancelAfter(30_000)]
    public async Task Placeholders_are_replaced(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.PythonInterpreter = LaunchBench.Python);
        var spec = new KernelSpec
        {
            Name = "test",
            DisplayName = "Test",
            Language = "python",
            ResourceDirectory = "/some/where",
            Argv = ["python3", "-c", Report, "{connection_file}", "{resource_dir}/x", "{kernel_id}", "{prefix}", "~/y"],
        };
        var launch = LaunchBench.Launch(spec, ("HOME", "/home/somebody"));

        var report = await ReportAsync(bench, launch, cancellationToken);

        var argv = report["argv"]!.ToObject<string[]>()!;
        Path.GetFileName(argv[0]).Should().Be($"kernel-{launch.KernelId}.json");
        argv[1..].Should().Equal("/some/where/x", launch.KernelId, "/usr", "/home/somebody/y");
    }

    private static async Task<JObject> ReportAsync(LaunchBench bench, KernelLaunch launch, CancellationToken cancellationToken)
    {
        var path = bench.Directory.Combine("report.json");
        var environment = new Dictionary<string, string>(launch.Environment) { ["REPORT"] = path };
        await using var process = await bench.Provisioner.LaunchAsync(launch with { Environment = environment }, cancellationToken);
        var exit = await process.Exited.WaitAsync(cancellationToken);
        exit.Should().Be(new KernelExit(0, null), process.StandardErrorTail);
        return JObject.Parse(await File.ReadAllTextAsync(path, cancellationToken));
    }

    [DllImport("libc", EntryPoint = "dup")]
    private static extern int Duplicate(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int CloseDescriptor(int descriptor);
}
