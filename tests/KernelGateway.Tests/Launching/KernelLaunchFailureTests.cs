using FluentAssertions;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Tests.Launching.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

[Platform("Linux")]
public class KernelLaunchFailureTests
{
    [Test, CancelAfter(30_000)]
    public async Task Program_that_does_not_exist_is_named_with_its_kernelspec(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();

        var failure = await FailAsync(bench, LaunchBench.Spec("no-such-program-kg", "x"), cancellationToken);

        failure.Reason.Should().Be(LaunchFailureReason.ProgramNotFound);
        failure.Message.Should().Contain("no-such-program-kg").And.Contain("/nowhere").And.Contain("PATH");
        failure.IsTransient.Should().BeFalse();
    }

    [Test, CancelAfter(30_000)]
    public async Task Check_finds_the_problems_of_a_launch_without_launching(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var gone = bench.Directory.Combine("gone");
        var launch = LaunchBench.Launch(LaunchBench.Spec("/bin/true"));

        var noDirectory = () => bench.Provisioner.CheckAsync(launch with { WorkingDirectory = gone }, cancellationToken);
        var noProgram = () => bench.Provisioner.CheckAsync(LaunchBench.Launch(LaunchBench.Spec("/no/such/program")), cancellationToken);
        await bench.Provisioner.CheckAsync(launch, cancellationToken);

        (await noDirectory.Should().ThrowAsync<KernelLaunchException>()).Which.Reason.Should().Be(LaunchFailureReason.WorkingDirectoryNotFound);
        (await noProgram.Should().ThrowAsync<KernelLaunchException>()).Which.Reason.Should().Be(LaunchFailureReason.ProgramNotFound);
        bench.RunEntries.Should().NotContain(entry => entry.Contains(launch.KernelId), "a failed attempt leaves no file");
    }

    [Test, CancelAfter(30_000)]
    public async Task Program_path_that_does_not_exist_is_named(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();

        var failure = await FailAsync(bench, LaunchBench.Spec("/no/such/program"), cancellationToken);

        failure.Reason.Should().Be(LaunchFailureReason.ProgramNotFound);
        failure.Message.Should().Contain("/no/such/program");
    }

    [Test, CancelAfter(30_000)]
    public async Task Program_is_looked_up_on_the_path_of_the_kernel_and_not_of_the_gateway(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        bench.Directory.Write("bin/only-here", "#!/bin/sh\nexit 42\n", isExecutable: true);

        await using var process = await bench.LaunchAsync(
            LaunchBench.Spec("only-here"), cancellationToken, ("PATH", $"/nowhere:{bench.Directory.Combine("bin")}"));

        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new KernelExit(42, null));
    }

    [Test, CancelAfter(30_000)]
    public async Task Program_without_a_known_format_is_refused(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var path = bench.Directory.Write("kernel", "not a program", isExecutable: true);

        (await FailAsync(bench, LaunchBench.Spec(path), cancellationToken)).Reason.Should().Be(LaunchFailureReason.ProgramNotExecutable);
    }

    [Test, CancelAfter(30_000)]
    public async Task Script_whose_interpreter_is_missing_is_refused(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var path = bench.Directory.Write("kernel", "#!/no/such/interpreter\n", isExecutable: true);

        var failure = await FailAsync(bench, LaunchBench.Spec(path), cancellationToken);

        failure.Reason.Should().Be(LaunchFailureReason.ProgramNotExecutable);
        failure.Message.Should().Contain("interpreter");
    }

    [Test, CancelAfter(30_000)]
    public async Task File_that_may_not_be_executed_is_refused(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var path = bench.Directory.Write("kernel", "#!/bin/sh\n");

        var failure = await FailAsync(bench, LaunchBench.Spec(path), cancellationToken);

        failure.Reason.Should().Be(LaunchFailureReason.ProgramNotExecutable);
        failure.Message.Should().Contain(path);
    }

    [Test, CancelAfter(30_000)]
    public async Task Environment_larger_than_the_system_accepts_is_refused(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var launch = LaunchBench.Launch(LaunchBench.Shell("exit 0"), ("BIG", new string('x', 4 * 1024 * 1024)));

        var launching = () => bench.Provisioner.LaunchAsync(launch, cancellationToken);

        (await launching.Should().ThrowAsync<KernelLaunchException>()).Which.Reason.Should().Be(LaunchFailureReason.CommandTooLong);
        NothingIsLeft(bench);
    }

    [Test, CancelAfter(30_000)]
    public async Task Working_directory_that_does_not_exist_is_named(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var launch = LaunchBench.Launch(LaunchBench.Shell("exit 0")) with { WorkingDirectory = "/no/such/directory" };

        var launching = () => bench.Provisioner.LaunchAsync(launch, cancellationToken);

        var failure = (await launching.Should().ThrowAsync<KernelLaunchException>()).Which;
        failure.Reason.Should().Be(LaunchFailureReason.WorkingDirectoryNotFound);
        failure.Message.Should().Contain("/no/such/directory");
        NothingIsLeft(bench);
    }

    [Test, CancelAfter(30_000)]
    public async Task Kernelspec_that_asks_for_another_provisioner_is_refused(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var spec = LaunchBench.Shell("exit 0") with
        {
            Metadata = JObject.Parse("""{"kernel_provisioner": {"provisioner_name": "far-away"}}"""),
        };

        var failure = await FailAsync(bench, spec, cancellationToken);

        failure.Reason.Should().Be(LaunchFailureReason.ProvisionerNotSupported);
        failure.Message.Should().Contain("far-away");
    }

    [TestCase("A=B", "1"), TestCase("A\0B", "1"), TestCase("", "1"), TestCase("A", "1\0"), CancelAfter(30_000)]
    public async Task Variable_that_no_environment_can_hold_is_refused(string name, string value, CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();

        var launching = () => bench.LaunchAsync(LaunchBench.Shell("exit 0"), cancellationToken, (name, value));

        await launching.Should().ThrowAsync<ArgumentException>();
        NothingIsLeft(bench);
    }

    [TestCase(""), TestCase("../a"), TestCase("a/b"), TestCase("a b"), CancelAfter(30_000)]
    public async Task Kernel_id_that_is_not_a_file_name_is_refused(string kernelId, CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();

        var launching = () => bench.Provisioner.LaunchAsync(
            LaunchBench.Launch(LaunchBench.Shell("exit 0")) with { KernelId = kernelId }, cancellationToken);

        await launching.Should().ThrowAsync<ArgumentException>();
    }

    [Test, CancelAfter(30_000)]
    public async Task Run_directory_too_deep_for_unix_sockets_is_refused(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.IpcKernels.Add("TEST"));
        bench.Options.RunDirectoryRoot = bench.Directory.Combine(new string('d', 100));

        var failure = await FailAsync(bench, LaunchBench.Shell("exit 0"), cancellationToken);

        failure.Reason.Should().Be(LaunchFailureReason.AddressInUse);
        failure.Message.Should().Contain(nameof(LaunchOptions.RunDirectoryRoot));
    }

    [Test, CancelAfter(30_000)]
    public async Task Run_directory_that_cannot_be_trusted_is_passed_over_with_a_warning(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        Directory.CreateSymbolicLink(bench.RunRoot, "/tmp");

        await using var process = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);

        process.ConnectionFilePath.Should().NotStartWith(bench.RunRoot).And.NotBe($"/tmp/{Path.GetFileName(process.ConnectionFilePath)}");
        bench.Log.Lines.Should().ContainSingle(line => line.Contains("it is a symbolic link"));
    }

    [Test]
    public void Early_exit_reports_exit_status_stderr_and_advice()
    {
        var failure = KernelLaunchException.ExitedEarly("python3", new KernelExit(1, null), "/x/python: No module named ipykernel_launcher\n");

        failure.Message.Should().Contain("exit code 1").And.Contain("No module named").And.Contain("PythonInterpreter");
        failure.Exit.Should().Be(new KernelExit(1, null));
        failure.IsTransient.Should().BeFalse();
    }

    [Test]
    public void Kernel_that_is_not_ready_in_time_may_be_tried_again() =>
        KernelLaunchException.NotReadyInTime("r", TimeSpan.FromSeconds(2.5), "").Should().Match<KernelLaunchException>(
            failure => failure.IsTransient && failure.Message.Contains("2.5 s") && failure.Exit == null);

    private static async Task<KernelLaunchException> FailAsync(LaunchBench bench, KernelSpec spec, CancellationToken cancellationToken)
    {
        var launching = () => bench.LaunchAsync(spec, cancellationToken);
        var failure = (await launching.Should().ThrowAsync<KernelLaunchException>()).Which;
        failure.KernelSpecName.Should().Be(spec.Name);
        NothingIsLeft(bench);
        return failure;
    }

    private static void NothingIsLeft(LaunchBench bench) =>
        bench.RunEntries.Where(path => File.Exists(path) && Path.GetFileName(path) != "owner").Should().BeEmpty();
}
