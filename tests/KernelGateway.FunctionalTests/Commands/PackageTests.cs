using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Commands;

/// <summary>The packages as a user gets them: the command installed as a tool, and a program that is built with the libraries.</summary>
[RequiresKernel]
[NonParallelizable] // The build writes into the source tree.
public sealed class PackageTests
{
    private const int TestTimeout = 300_000;

    // NuGet caches an unpacked version, so each run packs a new version.
    private static readonly string Version = $"0.0.0-test.{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}";

    private static readonly string[] Libraries =
    [
        "KernelGateway.Zmtp", "KernelGateway.Protocol", "KernelGateway", "KernelGateway.AspNetCore", "KernelGateway.Conformance",
        "KernelGateway.Abstractions", "KernelGateway.Processes", "KernelGateway.SandboxServices", "KernelGateway.ControlPlane",
        "KernelGateway.ControlPlane.AspNetCore", "KernelGateway.NetMQ", "KernelGateway.Extensions.AI",
        "KernelGateway.Client", "KernelGateway.Testing",
    ];

    private static string _folder = "";

    private static string Feed => Path.Combine(_folder, "feed");

    [OneTimeSetUp]
    public static async Task Pack()
    {
        _folder = Directory.CreateTempSubdirectory("kernelgateway-packages-").FullName;
        using var limit = new CancellationTokenSource(TestTimeout);
        var (exitCode, output) = await ProgramRun.RunAsync(Repository.PathOf("scripts/pack.sh"), ["--version", Version, Feed], limit.Token);
        exitCode.Should().Be(0, output);
    }

    [OneTimeTearDown]
    public static void RemoveFolder()
    {
        if (_folder.Length > 0) Directory.Delete(_folder, recursive: true);

        // NuGet's unpacked copies of this version.
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (var name in Libraries.Append("KernelGateway.Tool"))
        {
            var unpacked = Path.Combine(cache, name.ToLowerInvariant(), Version);
            if (Directory.Exists(unpacked)) Directory.Delete(unpacked, recursive: true);
        }
    }

    [TestCaseSource(nameof(Libraries))]
    public void Package_of_a_library_has_readme_licence_tags_documentation_and_symbols(string name)
    {
        using var package = ZipFile.OpenRead(Path.Combine(Feed, $"{name}.{Version}.nupkg"));
        using var symbols = ZipFile.OpenRead(Path.Combine(Feed, $"{name}.{Version}.snupkg"));

        package.Entries.Select(entry => entry.FullName).Should().Contain(
            ["README.md", $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml"]);
        symbols.Entries.Select(entry => entry.FullName).Should().Contain($"lib/net10.0/{name}.pdb");
        using var stream = package.GetEntry($"{name}.nuspec")!.Open();
        var metadata = XDocument.Load(stream).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
        metadata.Elements().Where(element => element.Value.Length > 0).Select(element => element.Name.LocalName)
            .Should().Contain(["license", "readme", "tags", "description", "authors"]);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Command_is_installed_into_an_empty_directory_and_runs_a_cell(CancellationToken cancellationToken)
    {
        var directory = Path.Combine(_folder, "tool");

        var (installed, installation) = await ProgramRun.RunAsync(
            "dotnet", ["tool", "install", "KernelGateway.Tool", "--version", Version, "--tool-path", directory, "--add-source", Feed], cancellationToken);
        installed.Should().Be(0, installation);
        var (exitCode, output) = await ProgramRun.RunAsync(Path.Combine(directory, "kernel-gateway"), ["run", "-c", "print('from the tool')\n6 * 7"], cancellationToken);

        exitCode.Should().Be(0, output);
        output.Should().Contain("from the tool").And.Contain("42");
    }

    [TestCase("KernelGateway", "Gateway.StartAsync(new KernelGatewayOptions())")]
    [TestCase("KernelGateway.NetMQ", "new GatewayBuilder().UseNetMQ().StartAsync()")]
    [CancelAfter(TestTimeout)]
    public async Task Program_of_ten_lines_is_built_against_the_packages_and_runs(string package, string start)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        var directory = Directory.CreateDirectory(Path.Combine(_folder, $"program-{package}")).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "program.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestoreAdditionalProjectSources>{Feed}</RestoreAdditionalProjectSources>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{package}" Version="{Version}" />
              </ItemGroup>
            </Project>
            """, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(directory, "Program.cs"), $$"""
            using KernelGateway;
            using KernelGateway.Contexts;
            using KernelGateway.Executions;

            await using var gateway = await {{start}};
            CodeContext context = await gateway.Contexts.CreateAsync(new() { Language = "python" });
            Execution execution = await context.RunAsync("print('from the package')\n6 * 7", callbacks: new() { OnStdout = Console.Write });
            Console.WriteLine(execution.Text);
            """, cancellationToken);

        var (exitCode, output) = await ProgramRun.RunAsync("dotnet", ["run", "--project", directory], cancellationToken);

        exitCode.Should().Be(0, output);
        output.Should().Contain("from the package\n42\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Client_is_added_to_a_new_program_of_ten_lines_which_shows_its_result(CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(
            new Dictionary<string, string> { ["KERNELGATEWAY__HTTP__TOKEN"] = "the-token" }, cancellationToken, "--warm", "none");
        var directory = Directory.CreateDirectory(Path.Combine(_folder, "client")).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "client.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
            </Project>
            """, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(directory, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <add key="local" value="{Feed}" />
              </packageSources>
            </configuration>
            """, cancellationToken);
        File.Copy(Repository.PathOf("tests", "KernelGateway.FunctionalTests", "clients", "examples", "client.cs"), Path.Combine(directory, "Program.cs"));

        var (added, adding) = await ProgramRun.RunAsync(
            "dotnet", ["add", "package", "KernelGateway.Client", "--version", Version], cancellationToken, directory);
        added.Should().Be(0, adding);
        var (exitCode, output) = await ProgramRun.RunAsync(
            new ProcessStartInfo("dotnet", ["run", "--project", directory])
            {
                Environment = { ["GATEWAY_URL"] = server.Url.ToString(), ["GATEWAY_TOKEN"] = "the-token" },
            },
            cancellationToken);

        exitCode.Should().Be(0, output);
        output.Should().Contain("computing\n42\n");
    }
}
