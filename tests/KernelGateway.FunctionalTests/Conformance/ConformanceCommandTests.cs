using System.Diagnostics;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Conformance;

/// <summary>The command with a kernel that was started by hand.</summary>
[RequiresKernel]
public sealed class ConformanceCommandTests
{
    [Test]
    [CancelAfter(300_000)]
    public async Task A_kernel_known_by_its_connection_file_only_is_examined_and_left_running(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("conformance-");
        var connectionFile = Path.Combine(directory.FullName, "kernel.json");
        using var kernel = await StartKernelAsync(connectionFile, cancellationToken);
        try
        {
            await using var gateway = await PythonGateway.StartGatewayAsync(null, cancellationToken);
            var attached = await gateway.Contexts.AttachAsync(connectionFile, cancellationToken: cancellationToken);
            await attached.RunAsync("mine = 'still here'", cancellationToken: cancellationToken);

            var (exitCode, output) = await RunAsync(["--connection-file", connectionFile, "--json"], cancellationToken);

            var report = JObject.Parse(output);
            ((string)report["implementation"]!).Should().StartWith("ipython");
            ((int)report["passed"]!).Should().BeGreaterThan(60);
            exitCode.Should().Be((int)report["failed"]! > 0 ? 1 : 0);
            report["checks"]!.Where(check => (string)check["area"]! is "shutdown" or "start")
                .Should().OnlyContain(check => (string)check["outcome"]! == "not_applicable", "these checks would end the kernel");

            kernel.HasExited.Should().BeFalse();
            (await attached.RunAsync("mine", cancellationToken: cancellationToken)).Text.Should().Be("'still here'");
        }
        finally
        {
            kernel.Kill(entireProcessTree: true);
            directory.Delete(recursive: true);
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_kernelspec_that_does_not_exist_is_a_usage_error(CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(["no-such-kernel"], cancellationToken);

        exitCode.Should().Be(2);
        output.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_command_that_names_no_kernel_is_a_usage_error(CancellationToken cancellationToken) =>
        (await RunAsync([], cancellationToken)).ExitCode.Should().Be(2);

    // ipykernel chooses its ports, writes the missing connection file, and then prints how to connect.
    private static async Task<Process> StartKernelAsync(string connectionFile, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["-m", "ipykernel_launcher", "-f", connectionFile]) start.ArgumentList.Add(argument);
        var kernel = Process.Start(start)!;
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        kernel.OutputDataReceived += (_, line) => Look(line.Data);
        kernel.ErrorDataReceived += (_, line) => Look(line.Data);
        kernel.BeginOutputReadLine();
        kernel.BeginErrorReadLine();
        try
        {
            await written.Task.WaitAsync(cancellationToken);
            return kernel;
        }
        catch
        {
            kernel.Kill(entireProcessTree: true);
            kernel.Dispose();
            throw;
        }

        void Look(string? line)
        {
            if (line?.Contains("--existing", StringComparison.Ordinal) == true) written.TrySetResult();
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"));
        start.ArgumentList.Add("conformance");
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var command = Process.Start(start)!;
        var error = command.StandardError.ReadToEndAsync(cancellationToken);
        var output = await command.StandardOutput.ReadToEndAsync(cancellationToken);
        await error;
        await command.WaitForExitAsync(cancellationToken);
        return (command.ExitCode, output);
    }
}
