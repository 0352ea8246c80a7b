using FluentAssertions;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Templates;

/// <summary>Building and removing templates.</summary>
public sealed class TemplateDirectoryTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("templates-");

    private string Templates => Path.Combine(_directory.FullName, "templates");

    public void Dispose() => _directory.Delete(recursive: true);

    [Test]
    public void Template_that_was_built_is_found_with_its_root_until_it_is_removed()
    {
        var directory = Open();

        directory.Build("mine", """{ "memoryMB": 64 } // small""", (root, _) => FillRoot(root, "first"));

        var found = new TemplateCatalog(Templates).Find("mine")!;
        found.MemoryBytes.Should().Be(64L << 20);
        found.RootDirectory.Should().Be(Path.Combine(Templates, "mine", "root"));
        File.ReadAllText(Path.Combine(found.RootDirectory!, "bin", "sh")).Should().Be("first");
        directory.Contains("mine").Should().BeTrue();

        directory.Remove("mine");

        directory.Contains("mine").Should().BeFalse();
        Directory.EnumerateFileSystemEntries(Templates).Should().BeEmpty();
    }

    [Test]
    public void Template_that_is_being_built_is_in_no_list_and_replaces_the_former_one_as_a_whole()
    {
        var directory = Open();
        directory.Build("mine", "{}", (root, _) => FillRoot(root, "first"));

        directory.Build("mine", """{ "aliases": ["second"] }""", (root, _) =>
        {
            FillRoot(root, "second");
            new TemplateCatalog(Templates).List().Select(template => template.Id)
                .Should().Equal("mine", "base", "code-interpreter-v1");
            new TemplateCatalog(Templates).Find("mine")!.Aliases.Should().BeEmpty();
        });

        new TemplateCatalog(Templates).Find("second")!.Id.Should().Be("mine");
        Directory.EnumerateFileSystemEntries(Templates).Should().ContainSingle();
    }

    [Test]
    public void Template_that_was_built_again_is_another_one_for_a_pool_also_when_its_source_has_not_changed()
    {
        var time = new ManualTimeProvider();
        var directory = new TemplateDirectory(Templates, path => Directory.Delete(path, recursive: true), time);

        var first = Build();
        time.Advance(TimeSpan.FromSeconds(1));
        var second = Build();

        second.Should().NotBe(first);

        string Build() => ReadySandbox.Describe(directory.Build("mine", "{}", (root, _) =>
        {
            FillRoot(root, "same");
            Directory.SetLastWriteTimeUtc(root, DateTime.UnixEpoch);
        }));
    }

    [Test]
    public void There_is_a_template_of_the_name_at_all_times_while_it_is_replaced()
    {
        var removals = 0;
        var directory = new TemplateDirectory(Templates, path =>
        {
            new TemplateCatalog(Templates).Find("mine")!.Aliases.Should().Equal("second");
            removals++;
            Directory.Delete(path, recursive: true);
        });
        directory.Build("mine", """{ "aliases": ["first"] }""", (root, _) => FillRoot(root, "first"));

        directory.Build("mine", """{ "aliases": ["second"] }""", (root, _) => FillRoot(root, "second"));

        removals.Should().Be(1);
        Directory.EnumerateFileSystemEntries(Templates).Should().ContainSingle();
        File.ReadAllText(Path.Combine(Templates, "mine", "root", "bin", "sh")).Should().Be("second");
    }

    [TestCase("mine", """{ "memory": 64 }""", "*'memory'*")]
    [TestCase("mine", """{ "root": "/" }""", "*'root' is set*")]
    [TestCase("mine", "[]", "*not a JSON object*")]
    [TestCase("mine", "{", "*cannot be read*")]
    [TestCase("../mine", "{}", "*not a name*")]
    public void File_that_cannot_be_used_is_refused_before_the_root_is_made(string name, string json, string message)
    {
        var isFilled = false;

        Open().Invoking(directory => directory.Build(name, json, (_, _) => isFilled = true))
            .Should().Throw<TemplateException>().WithMessage(message);
        Open().Invoking(directory => directory.Check(name, json)).Should().Throw<TemplateException>().WithMessage(message);

        isFilled.Should().BeFalse();
        Directory.Exists(Templates).Should().BeFalse();
    }

    [Test]
    public void Failure_leaves_nothing_and_a_root_without_a_shell_is_one()
    {
        var directory = Open();

        directory.Invoking(it => it.Build("mine", "{}", (root, _) => Directory.CreateDirectory(root)))
            .Should().Throw<TemplateException>().WithMessage("*'/bin/sh'*");
        directory.Invoking(it => it.Build("mine", "{}", (root, _) =>
        {
            FillRoot(root, "first");
            throw new IOException("the disk is full");
        })).Should().Throw<IOException>();

        directory.Invoking(it => it.Build("mine", "{}", (root, content) =>
        {
            FillRoot(root, "first");
            content["user"] = 5;
        })).Should().Throw<TemplateException>("what is added is checked, too").WithMessage("*'user'*");

        Directory.EnumerateFileSystemEntries(Templates).Should().BeEmpty();
    }

    [Test]
    public void What_was_added_to_the_content_is_in_the_template()
    {
        Open().Build("mine", """{ "user": "root" }""", (root, content) =>
        {
            FillRoot(root, "first");
            content["user"] ??= "somebody";
            content["cwd"] ??= "/srv";
        });

        var found = new TemplateCatalog(Templates).Find("mine")!;
        (found.User, found.WorkingDirectory).Should().Be(("root", "/srv"));
    }

    private TemplateDirectory Open() => new(Templates, path => Directory.Delete(path, recursive: true));

    private static void FillRoot(string root, string shell)
    {
        Directory.CreateDirectory(Path.Combine(root, "bin"));
        File.WriteAllText(Path.Combine(root, "bin", "sh"), shell);
    }
}
