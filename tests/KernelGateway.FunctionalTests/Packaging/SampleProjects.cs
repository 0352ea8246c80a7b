using System.Diagnostics;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Testing.Fixtures;

namespace KernelGateway.FunctionalTests.Packaging;

/// <summary>
/// The samples, built once against the packed packages: in a copy of <c>samples/</c>, so that the source tree stays as it is. A fixture that uses it
/// is not parallel and calls <see cref="BuildAsync"/> in its one-time set-up.
/// </summary>
internal static class SampleProjects
{
    private static bool _built;

    private static string Root => Path.Combine(PackedPackages.Folder, "samples");

    /// <summary>Packs the packages and builds every project of <c>samples/Samples.slnx</c>, unless that has been done.</summary>
    public static async Task BuildAsync()
    {
        if (_built) return;
        await PackedPackages.PackAsync();
        Copy(Repository.PathOf("samples"), Root);
        using var limit = new CancellationTokenSource(PackedPackages.TestTimeout);
        var (exitCode, output) = await ProgramRun.RunAsync(
            "dotnet",
            ["build", Path.Combine(Root, "Samples.slnx"), $"-p:KernelGatewayVersion={PackedPackages.Version}", "-nologo", "-v", "quiet"],
            limit.Token,
            Root);
        exitCode.Should().Be(0, output);
        _built = true;
    }

    /// <summary>Gets the directory of a built sample.</summary>
    /// <param name="sample">Its directory below <c>samples/</c>. The project in it has the same name as the directory.</param>
    public static string DirectoryOf(string sample) => Path.Combine(Root, sample);

    /// <summary>Gets the program of a built sample.</summary>
    /// <param name="sample">Its directory below <c>samples/</c>.</param>
    public static string ProgramOf(string sample) =>
        Path.Combine(DirectoryOf(sample), "bin", "Debug", "net10.0", Path.GetFileName(sample) + ".dll");

    /// <summary>Returns what starts a built sample, in its directory.</summary>
    /// <param name="sample">Its directory below <c>samples/</c>.</param>
    /// <param name="arguments">The arguments of the program.</param>
    public static ProcessStartInfo StartOf(string sample, params string[] arguments) =>
        new("dotnet", [ProgramOf(sample), .. arguments]) { WorkingDirectory = DirectoryOf(sample) };

    /// <summary>Runs a built sample until it ends, and returns its exit code and output.</summary>
    /// <param name="sample">Its directory below <c>samples/</c>.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <param name="arguments">The arguments of the program.</param>
    public static Task<(int ExitCode, string Output)> RunAsync(string sample, CancellationToken cancellationToken, params string[] arguments) =>
        ProgramRun.RunAsync(StartOf(sample, arguments), cancellationToken);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var directory in Directory.EnumerateDirectories(from))
        {
            // What a user has built beside the sources is for other packages.
            if (Path.GetFileName(directory) is { } name && name is not ("bin" or "obj")) Copy(directory, Path.Combine(to, name));
        }
    }
}
