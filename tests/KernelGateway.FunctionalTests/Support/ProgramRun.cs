using System.Diagnostics;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Runs a program until it ends.</summary>
internal static class ProgramRun
{
    /// <summary>Runs a program and returns its exit code and output, with standard error after standard output. A cancellation kills it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <param name="directory">The working directory; null for the current one.</param>
    public static Task<(int ExitCode, string Output)> RunAsync(
        string program, string[] arguments, CancellationToken cancellationToken, string? directory = null) =>
        RunAsync(new ProcessStartInfo(program, arguments) { WorkingDirectory = directory ?? "" }, cancellationToken);

    /// <summary>Runs a program with the given start information. Its output is redirected.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
