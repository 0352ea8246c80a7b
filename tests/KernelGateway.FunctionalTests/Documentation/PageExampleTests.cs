using FluentAssertions;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Documentation;

/// <summary>The pages of the documentation show the examples that other tests run.</summary>
public sealed class PageExampleTests
{
    private static readonly string[] Comments = ["//", "# "];

    [TestCase("contexts.sh", "docs/getting-started.md")]
    [TestCase("e2b.mjs", "docs/getting-started.md")]
    [TestCase("jupyterlab.mjs", "docs/jupyter-clients.md")]
    [TestCase("agent.py", "docs/jupyter-clients.md")]
    [TestCase("blocking_client.py", "docs/jupyter-clients.md")]
    [TestCase("files.sh", "docs/files-and-commands.md")]
    [TestCase("sandbox.mjs", "docs/files-and-commands.md")]
    [TestCase("commands.sh", "docs/files-and-commands.md")]
    [TestCase("client.cs", "README.md")]
    public void Page_shows_the_example_that_is_run(string script, string page)
    {
        var lines = File.ReadAllLines(Repository.PathOf("tests", "KernelGateway.FunctionalTests", "clients", "examples", script));
        var code = string.Join('\n', lines.SkipWhile(line => Comments.Any(mark => line.StartsWith(mark, StringComparison.Ordinal))));

        File.ReadAllText(Repository.PathOf(page)).Should().Contain($"\n{code}\n```");
    }

    [TestCase(nameof(EmbeddingExample), "docs/embedding.md")]
    [TestCase(nameof(FilesExample), "docs/files-and-commands.md")]
    public void Page_shows_the_example_in_csharp_that_is_run(string example, string page) =>
        File.ReadAllText(Repository.PathOf(page)).Should().Contain($"\n{ShownCode.Read(example)}\n```");
}
