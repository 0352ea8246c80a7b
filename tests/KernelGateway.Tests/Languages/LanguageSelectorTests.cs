using FluentAssertions;
using KernelGateway.Kernelspecs;
using KernelGateway.Languages;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Languages;

public sealed class LanguageSelectorTests
{
    private readonly TemporaryDirectory _directory = new();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [TestCase(null, "python3")]
    [TestCase("Python", "python3")]
    [TestCase("js", "deno")]
    [TestCase("javascript", "deno")]
    [TestCase("ts", "deno")]
    [TestCase("typescript", "deno")]
    [TestCase("R", "ir")]
    [TestCase("bash", "bash")]
    [TestCase("java", "jjava")]
    [TestCase("tslab", "tslab")]
    [TestCase("macaulay2", "m2")]
    [TestCase("text/x-macaulay2", "m2")]
    [TestCase("Fortran", "gnu-f")]
    public async Task A_language_an_alias_and_a_kernelspec_name_find_their_kernel(string? asked, string expected)
    {
        var (selector, _) = Create();

        (await selector.SelectAsync(selector.Normalize(asked), CancellationToken.None)).Name.Should().Be(expected);
    }

    [Test]
    public async Task A_configured_list_replaces_the_default()
    {
        var (selector, options) = Create();
        options.PreferredKernelSpecs["javascript"] = ["jslab"];
        options.Aliases["node"] = "javascript";

        (await selector.SelectAsync(selector.Normalize("node"), CancellationToken.None)).Name.Should().Be("jslab");
    }

    [Test]
    public async Task An_unknown_language_names_what_is_installed()
    {
        var (selector, _) = Create();

        var select = () => selector.SelectAsync("cobol", CancellationToken.None);

        (await select.Should().ThrowAsync<KernelSpecNotFoundException>()).WithMessage("*cobol*jjava*");
    }

    private (LanguageSelector Selector, LanguageOptions Options) Create()
    {
        foreach (var (name, language) in new[]
        {
            ("python3", "python"), ("deno", "typescript"), ("jslab", "javascript"), ("tslab", "typescript"), ("ir", "R"), ("m2", "text/x-macaulay2"),
            ("bash", "bash"), ("jjava", "java"), ("gnu-f", "fortran"),
        })
        {
            var folder = Directory.CreateDirectory(Path.Combine(_directory.Path, name)).FullName;
            File.WriteAllText(Path.Combine(folder, "kernel.json"), $$"""{"argv": ["x"], "display_name": "{{name}}", "language": "{{language}}"}""");
        }

        var options = new LanguageOptions();
        var catalog = new KernelSpecCatalog(new KernelSpecCatalogOptions
        {
            ExtraDirectories = { _directory.Path },
            HomeDirectory = _directory.Path,
            GetEnvironmentVariable = _ => null,
        });
        return (new LanguageSelector(catalog, options), options);
    }
}
