using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Packaging;

/// <summary>
/// The packages of this source tree, packed once for all tests that need them. The fixtures that use it are not parallel, because a build for packing
/// writes into the source tree.
/// </summary>
internal static class PackedPackages
{
    public const int TestTimeout = 300_000;

    /// <summary>The packages of the libraries. The command is <c>KernelGateway.Tool</c>.</summary>
    public static readonly string[] Libraries =
    [
        "KernelGateway.Zmtp", "KernelGateway.Protocol", "KernelGateway", "KernelGateway.AspNetCore", "KernelGateway.Conformance",
        "KernelGateway.Abstractions", "KernelGateway.Processes", "KernelGateway.SandboxServices", "KernelGateway.ControlPlane",
        "KernelGateway.ControlPlane.AspNetCore", "KernelGateway.NetMQ", "KernelGateway.Client", "KernelGateway.Extensions.AI", "KernelGateway.Mcp",
        "KernelGateway.Testing",
    ];

    /// <summary>The version of the packages. NuGet caches an unpacked version, so each run packs a new version.</summary>
    public static readonly string Version = $"0.0.0-test.{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}";

    private static string? _folder;

    /// <summary>Gets a folder for the files of these tests, which is removed after the last of them.</summary>
    public static string Folder => _folder ?? throw new InvalidOperationException("The packages have not been packed.");

    /// <summary>Gets the folder of the packages. Seen from the samples' copies it is where the nuget.config of the samples expects it.</summary>
    public static string Feed => Path.Combine(Folder, "artifacts", "packages");

    /// <summary>Packs the packages, unless that has been done.</summary>
    public static async Task PackAsync()
    {
        if (_folder is not null) return;
        _folder = Directory.CreateTempSubdirectory("kernelgateway-packages-").FullName;
        using var limit = new CancellationTokenSource(TestTimeout);
        var (exitCode, output) = await ProgramRun.RunAsync(Repository.PathOf("scripts/pack.sh"), ["--version", Version, Feed], limit.Token);
        exitCode.Should().Be(0, output);
    }

    /// <summary>Removes the folder, and NuGet's unpacked copies of this version.</summary>
    public static void Remove()
    {
        if (_folder is null) return;
        Directory.Delete(_folder, recursive: true);
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (var name in Libraries.Append("KernelGateway.Tool"))
        {
            var unpacked = Path.Combine(cache, name.ToLowerInvariant(), Version);
            if (Directory.Exists(unpacked)) Directory.Delete(unpacked, recursive: true);
        }
    }
}

/// <summary>Removes the packages after the tests of this namespace.</summary>
[SetUpFixture]
public sealed class PackedPackagesRemoval
{
    [OneTimeTearDown]
    public void Remove() => PackedPackages.Remove();
}
