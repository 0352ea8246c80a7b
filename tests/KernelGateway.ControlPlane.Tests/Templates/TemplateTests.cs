using FluentAssertions;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Templates;

/// <summary>Template files, their catalog and how requests name them.</summary>
public sealed class TemplateTests
{
    [Test]
    public void Every_field_is_read()
    {
        var template = TemplateFile.Parse("mine", "/srv/mine", """
            { "aliases": ["other"], "root": "root", "user": "root", "cwd": "/code", "env": { "A": "1", "B": "" }, "kernels": ["python"],
              "start": "exec server", "ready": "test -e up", "cpus": 0.5, "memoryMB": 256, "diskMB": 100, "maxProcesses": 64, "sudo": false,
              "defaultPort": 8080, "mounts": [{ "source": "/srv/data", "target": "/data" }] }
            """);

        template.Should().BeEquivalentTo(new SandboxTemplate
        {
            Id = "mine",
            Aliases = ["other"],
            RootDirectory = "/srv/mine/root",
            User = "root",
            WorkingDirectory = "/code",
            Environment = new Dictionary<string, string> { ["A"] = "1", ["B"] = "" },
            WarmKernels = ["python"],
            StartCommand = "exec server",
            ReadyCommand = "test -e up",
            Cpus = 0.5,
            MemoryBytes = 256L << 20,
            DiskBytes = 100L << 20,
            MaxProcesses = 64,
            AllowsSudo = false,
            DefaultPort = 8080,
            Mounts = [new TemplateMount("/srv/data", "/data")],
        });
    }

    [TestCase("""{ "memory": 5 }""", "*'memory'*there is no such field*")]
    [TestCase("""{ "memoryMB": 0 }""", "*'memoryMB'*not between*")]
    [TestCase("""{ "cpus": "2" }""", "*'cpus'*")]
    [TestCase("""{ "sudo": "no" }""", "*'sudo'*")]
    [TestCase("""{ "cwd": "code" }""", "*'cwd'*absolute*")]
    [TestCase("""{ "mounts": [{ "source": "a", "target": "/b" }] }""", "*'mounts'*absolute*")]
    [TestCase("""{ "env": { "A": null } }""", "*'env'*null*")]
    [TestCase("""{ "env": { "A": 1 } }""", "*'env'*")]
    [TestCase("[]", "*not a JSON object*")]
    public void Field_that_cannot_be_used_is_named(string json, string message) =>
        FluentActions.Invoking(() => TemplateFile.Parse("mine", "/srv", json)).Should().Throw<TemplateException>().WithMessage(message);

    [Test]
    public void Template_of_the_directory_replaces_the_built_in_one_of_its_name()
    {
        var directory = Directory.CreateTempSubdirectory("templates-");
        try
        {
            var catalog = new TemplateCatalog(directory.FullName);
            catalog.Find("base")!.MemoryBytes.Should().Be(512L << 20);
            catalog.Find("code-interpreter-stateful")!.Id.Should().Be("code-interpreter-v1");

            File.WriteAllText(Path.Combine(directory.CreateSubdirectory("base").FullName, TemplateFile.Name), """{ "memoryMB": 64 }""");
            File.WriteAllText(Path.Combine(directory.CreateSubdirectory("mine").FullName, TemplateFile.Name), """{ "aliases": ["also"] }""");

            catalog.Find("base")!.MemoryBytes.Should().Be(64L << 20);
            catalog.Find("also")!.Id.Should().Be("mine");
            catalog.Find("..").Should().BeNull();
            catalog.List().Select(template => template.Id).Should().Equal("base", "mine", "code-interpreter-v1");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [TestCase("base")]
    [TestCase("code-interpreter-v1")]
    public void Template_from_packages_is_the_built_in_one_with_a_root_of_its_own(string name)
    {
        var file = Repository.PathOf("scripts", "templates", name, TemplateFile.Name);

        var template = TemplateFile.Parse(name, "/srv", File.ReadAllText(file));

        template.Should().BeEquivalentTo(new TemplateCatalog(null).Find(name), options => options.Excluding(built => built!.Environment));
        template.Environment.Should().Equal(new Dictionary<string, string> { ["LANG"] = "C.UTF-8" });
    }

    [TestCase("Base", null, "base", null)]
    [TestCase("team/base:v1.2", "team", "base", "v1.2")]
    [TestCase(" base:x ", null, "base", "x")]
    public void Reference_is_read(string text, string? space, string name, string? tag) =>
        TemplateReference.TryParse(text).Should().Be(new TemplateReference(space, name, tag));

    [TestCase("")]
    [TestCase("a/b/c")]
    [TestCase("a b")]
    [TestCase("a:")]
    [TestCase("../a")]
    public void Malformed_reference_is_recognised(string text) => TemplateReference.TryParse(text).Should().BeNull();
}
