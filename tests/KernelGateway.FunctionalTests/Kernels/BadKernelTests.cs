using System.Diagnostics;
using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Protocol.Connection;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Kernels;

/// <summary>Kernelspecs that cannot work. Each causes a clear error and leaves no process and no file.</summary>
public sealed class BadKernelTests
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("bad-kernel-");

    [Test]
    [CancelAfter(30_000)]
    public async Task A_program_that_does_not_exist_is_named(CancellationToken cancellationToken)
    {
        await using var gateway = await StartAsync("no-such-program-anywhere", [], cancellationToken);

        var error = await Failing(gateway, cancellationToken);

        error.Reason.Should().Be(LaunchFailureReason.ProgramNotFound);
        error.Message.Should().Contain("no-such-program-anywhere");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_program_that_exits_at_once_tells_its_code_and_its_stderr(CancellationToken cancellationToken)
    {
        await using var gateway = await StartAsync("sh", ["-c", "echo 'license expired' >&2; exit 3"], cancellationToken);

        var error = await Failing(gateway, cancellationToken);

        error.Reason.Should().Be(LaunchFailureReason.ExitedEarly);
        error.Exit!.Value.ExitCode.Should().Be(3);
        error.Message.Should().Contain("license expired");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_program_that_never_answers_is_ended_at_the_deadline(CancellationToken cancellationToken)
    {
        await using var gateway = await StartAsync("sh", ["-c", "echo $$ > " + PidFile + "; echo waiting >&2; exec sleep 300"], cancellationToken);

        var error = await Failing(gateway, cancellationToken);

        error.Reason.Should().Be(LaunchFailureReason.NotReadyInTime);
        error.Message.Should().Contain("waiting");
        Directory.Exists($"/proc/{(await File.ReadAllTextAsync(PidFile, cancellationToken)).Trim()}").Should().BeFalse();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_working_directory_that_does_not_exist_is_named(CancellationToken cancellationToken)
    {
        await using var gateway = await StartAsync("sh", ["-c", "exit 0"], cancellationToken);

        var error = (await FluentActions
            .Awaiting(() => gateway.Contexts.CreateAsync(new() { Language = "bad", WorkingDirectory = "/no/such/place" }, cancellationToken))
            .Should().ThrowAsync<KernelLaunchException>()).Which;

        error.Reason.Should().Be(LaunchFailureReason.WorkingDirectoryNotFound);
        error.Message.Should().Contain("/no/such/place");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task An_unknown_language_lists_installed_kernelspecs_and_searched_directories(CancellationToken cancellationToken)
    {
        await using var gateway = await StartAsync("sh", [], cancellationToken);

        var error = (await FluentActions
            .Awaiting(() => gateway.Contexts.CreateAsync(new() { Language = "klingon" }, cancellationToken))
            .Should().ThrowAsync<KernelSpecNotFoundException>()).Which;

        error.Message.Should().Contain("klingon").And.Contain("bad").And.Contain(_root.FullName);
    }

    [TestCase("""{"transport":"tcp","ip":"127.0.0.1","shell_port":1,""", "JSON")]
    [TestCase("""{"transport":"tcp","ip":"127.0.0.1","shell_port":1,"iopub_port":2,"stdin_port":3,"hb_port":5,"key":"k","signature_scheme":"hmac-sha256"}""", "control_port")]
    [TestCase("""{"transport":"tcp","ip":"127.0.0.1","shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5,"key":"k","signature_scheme":"hmac-rot13"}""", "hmac-rot13")]
    [CancelAfter(30_000)]
    public async Task An_invalid_connection_file_has_its_problem_in_the_error(string content, string named, CancellationToken cancellationToken)
    {
        await using var gateway = await StartAsync("sh", [], cancellationToken);
        var path = Path.Combine(_root.FullName, "kernel-1.json");
        await File.WriteAllTextAsync(path, content, cancellationToken);

        (await FluentActions.Awaiting(() => gateway.Contexts.AttachAsync(path, cancellationToken: cancellationToken))
            .Should().ThrowAsync<ConnectionFileException>()).Which.Message.Should().Contain(named).And.Contain(path);
    }

    [TearDown]
    public void RemoveTheKernelspec() => _root.Delete(recursive: true);

    private string PidFile => Path.Combine(_root.FullName, "pid");

    private async Task<Gateway> StartAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var directory = _root.CreateSubdirectory("kernels").CreateSubdirectory("bad");
        var spec = new { argv = (string[])[program, .. arguments], display_name = "Bad", language = "bad" };
        await File.WriteAllTextAsync(
            Path.Combine(directory.FullName, "kernel.json"), Newtonsoft.Json.JsonConvert.SerializeObject(spec), cancellationToken);
        return await PythonGateway.StartGatewayAsync(
            options =>
            {
                options.KernelSpecs.ExtraDirectories.Add(Path.Combine(_root.FullName, "kernels"));
                options.Kernels.StartTimeout = TimeSpan.FromSeconds(2);
                options.Launching.RunDirectoryRoot = Path.Combine(_root.FullName, "run");
            },
            cancellationToken);
    }

    private async Task<KernelLaunchException> Failing(Gateway gateway, CancellationToken cancellationToken)
    {
        var error = (await FluentActions
            .Awaiting(() => gateway.Contexts.CreateAsync(new() { Language = "bad" }, cancellationToken))
            .Should().ThrowAsync<KernelLaunchException>()).Which;
        gateway.Contexts.List().Should().BeEmpty();
        Directory.GetFiles(Path.Combine(_root.FullName, "run"), "kernel-*", SearchOption.AllDirectories)
            .Should().BeEmpty("no connection file is left");
        return error;
    }
}
