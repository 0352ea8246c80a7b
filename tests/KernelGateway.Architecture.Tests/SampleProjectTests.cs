using System.Xml.Linq;
using FluentAssertions;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Architecture.Tests;

/// <summary>The samples stand apart from the build of the source tree. What they repeat of it is the same.</summary>
public sealed class SampleProjectTests
{
    private static readonly string[] Projects = Directory.GetFiles(Repository.PathOf("samples"), "*.csproj", SearchOption.AllDirectories);

    [Test]
    public void Samples_use_the_version_of_the_packages_that_this_source_tree_packs()
    {
        var version = Element("Directory.Build.props", "Version").Value;

        Element("samples/Directory.Build.props", "KernelGatewayVersion").Value.Should().Be(version);
    }

    [Test]
    public void Samples_use_the_versions_of_other_packages_that_the_source_tree_uses()
    {
        var versions = XDocument.Load(Repository.PathOf("Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(package => (string)package.Attribute("Include")!, package => (string)package.Attribute("Version")!);

        var references = Projects.SelectMany(project => XDocument.Load(project).Descendants("PackageReference")).ToList();

        references.Should().HaveCountGreaterThan(4);
        foreach (var reference in references)
        {
            var name = (string)reference.Attribute("Include")!;
            var expected = name.StartsWith("KernelGateway", StringComparison.Ordinal) ? "$(KernelGatewayVersion)" : versions.GetValueOrDefault(name);
            ((string?)reference.Attribute("Version")).Should().Be(expected, name);
        }
    }

    [Test]
    public void Every_sample_is_in_the_solution_of_the_samples_and_in_their_readme()
    {
        var names = Projects.Select(project => Path.GetRelativePath(Repository.PathOf("samples"), project).Replace('\\', '/')).ToList();
        var readme = File.ReadAllText(Repository.PathOf("samples", "README.md"));

        XDocument.Load(Repository.PathOf("samples", "Samples.slnx")).Descendants("Project").Select(project => (string)project.Attribute("Path")!)
            .Should().BeEquivalentTo(names);
        names.Where(name => !readme.Contains($"| `{Path.GetDirectoryName(name)}/` |", StringComparison.Ordinal)).Should().BeEmpty();
    }

    private static XElement Element(string file, string name) => XDocument.Load(Repository.PathOf(file)).Descendants(name).Single();
}
