using System.Diagnostics;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Any program, run until it ends.</summary>
internal static class ProgramRun
{
    /// <summary>Runs it and gives its exit code and what it printed, standard error behind standard output. It is killed when the token fires.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="directory">The working directory; null for the present one.</param>
    public static Task<(int ExitCode, string Output)> RunAsync(
        string program, string[] arguments, CancellationToken cancellationToken, string? directory = null) =>
        RunAsync(new ProcessStartInfo(program, arguments) { WorkingDirectory = directory ?? "" }, cancellationToken);

    /// <summary>Runs it as described, apart from its output.</summary>
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
