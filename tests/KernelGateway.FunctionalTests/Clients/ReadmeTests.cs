using FluentAssertions;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

public sealed class ReadmeTests
{
    private static readonly string[] Comments = ["//", "# "];

    [TestCase("e2b.mjs")]
    [TestCase("jupyterlab.mjs")]
    [TestCase("agent.py")]
    [TestCase("blocking_client.py")]
    [TestCase("files.sh")]
    [TestCase("sandbox.mjs")]
    [TestCase("commands.sh")]
    public void Readme_shows_the_example_that_is_run(string script)
    {
        var lines = File.ReadAllLines(Repository.PathOf("tests", "KernelGateway.FunctionalTests", "clients", "examples", script));
        var code = string.Join('\n', lines.SkipWhile(line => Comments.Any(mark => line.StartsWith(mark, StringComparison.Ordinal))));

        File.ReadAllText(Repository.PathOf("README.md")).Should().Contain($"\n{code}\n```");
    }

    [Test]
    public void Readme_shows_the_example_in_csharp_that_is_run()
    {
        const int Indentation = 8;
        var lines = File.ReadAllLines(
            Repository.PathOf("tests", "KernelGateway.FunctionalTests", "Clients", $"{nameof(InProcessExample)}.cs"));
        var shown = lines.SkipWhile(line => line.Trim() != InProcessExample.Begin).Skip(1)
            .TakeWhile(line => line.Trim() != InProcessExample.End)
            .Select(line => line.Length > Indentation ? line[Indentation..] : line);

        File.ReadAllText(Repository.PathOf("README.md")).Should().Contain($"\n{string.Join('\n', shown)}\n```");
    }
}
