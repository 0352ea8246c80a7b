using FluentAssertions;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

public sealed class ReadmeTests
{
    private const string Comment = "//";

    [TestCase("e2b.mjs")]
    [TestCase("jupyterlab.mjs")]
    [TestCase("agent.py")]
    [TestCase("blocking_client.py")]
    public void Readme_shows_the_example_that_is_run(string script)
    {
        var lines = File.ReadAllLines(Repository.PathOf("tests", "KernelGateway.FunctionalTests", "clients", "examples", script));
        var code = string.Join('\n', lines.SkipWhile(line => line.StartsWith(Comment, StringComparison.Ordinal)));

        File.ReadAllText(Repository.PathOf("README.md")).Should().Contain($"\n{code}\n```");
    }
}
