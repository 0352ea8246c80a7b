using System.Diagnostics;
using FluentAssertions;

namespace KernelGateway.ControlPlane.Tests.Support;

/// <summary>Runs tests of this assembly in a process that another user owns, or that has other namespaces.</summary>
internal static class TestRun
{
    private const string VariableName = "KERNELGATEWAY_TEST_RUN";

    /// <summary>Runs the tests of a fixture, and checks that all of them pass.</summary>
    /// <param name="fixture">The fixture.</param>
    /// <param name="directory">A directory for what the tests write.</param>
    /// <param name="prefix">The command that becomes the run.</param>
    /// <param name="token">Kills the run.</param>
    public static async Task CheckAsync(Type fixture, string directory, string[] prefix, CancellationToken token)
    {
        string[] command =
        [
            .. prefix, "env", $"HOME={directory}", $"TMPDIR={directory}", $"{VariableName}={fixture.Name}", "DOTNET_CLI_TELEMETRY_OPTOUT=1",
            "dotnet", "vstest", fixture.Assembly.Location, $"--TestCaseFilter:FullyQualifiedName~.{fixture.Name}.",
            "--logger:console;verbosity=normal", $"--ResultsDirectory:{directory}",
        ];

        var output = await RunAsync(command[0], command[1..], token);

        output.Should().Contain("Test Run Successful.").And.NotContain("Skipped:");
    }

    /// <summary>Gets whether this process runs the tests of a fixture for <see cref="CheckAsync"/>.</summary>
    public static bool IsFor(Type fixture) => Environment.GetEnvironmentVariable(VariableName) == fixture.Name;

    /// <summary>Runs a program to its end and returns its output. Its failure is the test's.</summary>
    public static async Task<string> RunAsync(string program, string[] arguments, CancellationToken token)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        })!;
        using var registration = token.Register(() => process.Kill(entireProcessTree: true));
        var error = process.StandardError.ReadToEndAsync(token);
        var output = await process.StandardOutput.ReadToEndAsync(token);
        await process.WaitForExitAsync(token);
        process.ExitCode.Should().Be(0, $"{output}{await error}".Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));
        return output;
    }
}
