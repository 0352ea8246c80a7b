using System.Collections;
using System.Reflection;
using FluentAssertions;
using KernelGateway.AspNetCore;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Architecture.Tests;

/// <summary>The tables of settings and folders in the README files are complete.</summary>
public sealed class ReadmeTableTests
{
    [Test]
    public void Every_setting_of_the_command_is_in_its_table()
    {
        var server = Assembly.Load("kernel-gateway");
        var serverOptions = server.GetType("KernelGateway.Server.Configuration.ServerOptions", throwOnError: true)!;
        var table = File.ReadAllText(Repository.PathOf("src", "KernelGateway.Server", "README.md"));

        var settings = Settings("", serverOptions)
            .Concat(Settings("", typeof(KernelGatewayOptions)))
            .Concat(Settings("Http:", typeof(KernelGatewayHttpOptions)))
            .ToList();

        settings.Should().HaveCountGreaterThan(60);
        settings.Where(name => !new[] { '`', ':' }.Any(next => table.Contains($"| `{name}{next}", StringComparison.Ordinal)))
            .Should().BeEmpty();
    }

    [TestCase("KernelGateway.Client")]
    [TestCase("KernelGateway.Zmtp")]
    [TestCase("KernelGateway.Abstractions")]
    [TestCase("KernelGateway.Processes")]
    [TestCase("KernelGateway.Protocol")]
    [TestCase("KernelGateway.SandboxServices")]
    [TestCase("KernelGateway.ControlPlane")]
    [TestCase("KernelGateway.ControlPlane.AspNetCore")]
    [TestCase("KernelGateway")]
    [TestCase("KernelGateway.Mcp")]
    [TestCase("KernelGateway.NetMQ")]
    [TestCase("KernelGateway.Extensions.AI")]
    [TestCase("KernelGateway.AspNetCore")]
    [TestCase("KernelGateway.Conformance")]
    [TestCase("KernelGateway.Server")]
    public void Every_folder_of_a_project_is_in_the_table_of_its_readme(string project)
    {
        var lines = File.ReadAllLines(Repository.PathOf("src", project, "README.md"));
        var rows = lines.Where(line => line.StartsWith("| `", StringComparison.Ordinal));
        var folders = string.Join('\n', rows.Select(row => row.Split('|')[1]));

        Directory.EnumerateDirectories(Repository.PathOf("src", project))
            .Select(path => Path.GetFileName(path))
            .Where(folder => folder is not ("bin" or "obj"))
            .Where(folder => !folders.Contains($"`{folder}/", StringComparison.Ordinal))
            .Should().BeEmpty();
    }

    private static IEnumerable<string> Settings(string prefix, Type options) =>
        options.GetProperties()
            .Where(property => !property.PropertyType.IsSubclassOf(typeof(Delegate)))
            .SelectMany(property => IsGroup(property.PropertyType)
                ? Settings($"{prefix}{property.Name}:", property.PropertyType)
                : [$"{prefix}{property.Name}"]);

    private static bool IsGroup(Type type) =>
        type.IsClass && type != typeof(string) && !typeof(IEnumerable).IsAssignableFrom(type);
}
