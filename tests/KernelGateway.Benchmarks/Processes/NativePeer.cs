using System.Diagnostics;
using System.Text.Json.Nodes;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Processes;

/// <summary>The references in C, compiled by the machine's own compiler.</summary>
internal static class NativePeer
{
    /// <summary>What a row says that has no reference in C.</summary>
    public const string MissingCompiler = "without its reference in C: there is no C compiler 'cc' (Debian: gcc and libc6-dev)";

    private static readonly string[] Folders = ["/usr/bin", "/usr/local/bin"];

    /// <summary>Compiles and starts <c>peers/native.c</c>; null when the machine has no compiler.</summary>
    /// <param name="workplace">Where.</param>
    /// <param name="argument">The argument of the program.</param>
    /// <param name="cancellationToken">Ends the compiler.</param>
    public static async Task<Peer?> TryStartAsync(Workplace workplace, string argument, CancellationToken cancellationToken)
    {
        if (Folders.Select(folder => Path.Combine(folder, "cc")).FirstOrDefault(File.Exists) is not { } compiler) return null;
        var program = Path.Combine(workplace.Directory, "native");
        if (!File.Exists(program)) await CompileAsync(compiler, program, workplace, cancellationToken);
        return Peer.Start("native.c", workplace, program, argument);
    }

    /// <summary>One of the references as a contender.</summary>
    public static Contender AsContender(this Peer peer, string name, string command) => new(name, (count, token) =>
        peer.MeasureAsync(new JsonObject { ["do"] = command, ["count"] = count }, token));

    private static async Task CompileAsync(
        string compiler, string program, Workplace workplace, CancellationToken cancellationToken)
    {
        var start = workplace.CreateStartInfo(compiler, "-O2", "-o", program, Path.Combine(workplace.PeersDirectory, "native.c"));
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var errors = OutputTail.OfStandardError(process);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw new BenchmarkException($"native.c could not be compiled.{Environment.NewLine}{errors}");
    }
}
