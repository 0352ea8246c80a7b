using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Packaging;

/// <summary>The packages as a user gets them: the command installed as a tool, and a program that is built with the libraries.</summary>
[RequiresKernel]
[NonParallelizable] // The build writes into the source tree.
public sealed class PackageTests
{
    private const int TestTimeout = PackedPackages.TestTimeout;

    [OneTimeSetUp]
    public static Task Pack() => PackedPackages.PackAsync();

    [TestCaseSource(typeof(PackedPackages), nameof(PackedPackages.Libraries))]
    public void Package_of_a_library_has_readme_licence_tags_documentation_and_symbols(string name)
    {
        using var package = ZipFile.OpenRead(Path.Combine(PackedPackages.Feed, $"{name}.{PackedPackages.Version}.nupkg"));
        using var symbols = ZipFile.OpenRead(Path.Combine(PackedPackages.Feed, $"{name}.{PackedPackages.Version}.snupkg"));

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
        var directory = Path.Combine(PackedPackages.Folder, "tool");

        var (installed, installation) = await ProgramRun.RunAsync(
            "dotnet",
            ["tool", "install", "KernelGateway.Tool", "--version", PackedPackages.Version, "--tool-path", directory, "--add-source", PackedPackages.Feed],
            cancellationToken);
        installed.Should().Be(0, installation);
        var (exitCode, output) = await ProgramRun.RunAsync(
            Path.Combine(directory, "kernel-gateway"), ["run", "-c", "print('from the tool')\n6 * 7"], cancellationToken);

        exitCode.Should().Be(0, output);
        output.Should().Contain("from the tool").And.Contain("42");
    }

    [TestCase("KernelGateway", "Gateway.StartAsync(new KernelGatewayOptions())")]
    [TestCase("KernelGateway.NetMQ", "new GatewayBuilder().UseNetMQ().StartAsync()")]
    [CancelAfter(TestTimeout)]
    public async Task Program_of_ten_lines_is_built_against_the_packages_and_runs(string package, string start)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        var directory = Directory.CreateDirectory(Path.Combine(PackedPackages.Folder, $"program-{package}")).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "program.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestoreAdditionalProjectSources>{PackedPackages.Feed}</RestoreAdditionalProjectSources>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{package}" Version="{PackedPackages.Version}" />
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
        var directory = Directory.CreateDirectory(Path.Combine(PackedPackages.Folder, "client")).FullName;
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
                <add key="local" value="{PackedPackages.Feed}" />
              </packageSources>
            </configuration>
            """, cancellationToken);
        File.Copy(Repository.PathOf("tests", "KernelGateway.FunctionalTests", "clients", "examples", "client.cs"), Path.Combine(directory, "Program.cs"));

        var (added, adding) = await ProgramRun.RunAsync(
            "dotnet", ["add", "package", "KernelGateway.Client", "--version", PackedPackages.Version], cancellationToken, directory);
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
