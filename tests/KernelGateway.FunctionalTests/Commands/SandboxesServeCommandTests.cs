using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Commands;

/// <summary>The options of <c>kernel-gateway sandboxes serve</c>.</summary>
[CancelAfter(120_000)]
public sealed class SandboxesServeCommandTests
{
    [TestCase("base", "'base' is not of the form TEMPLATE=COUNT")]
    [TestCase("base=many", "'base=many' is not of the form TEMPLATE=COUNT")]
    [TestCase("missing=1", "there is no template 'missing'; there are base, code-interpreter-v1.")]
    public async Task Pool_that_cannot_be_is_refused(string value, string message, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("ready-");
        try
        {
            using var run = CommandRun.Start(
                directory.FullName,
                new Dictionary<string, string>(),
                ["sandboxes", "serve", "--engine", "process", "--port", "0", "--data-dir", directory.FullName, "--ready", value]);

            var (code, _, error) = await run.WaitAsync(cancellationToken);

            code.Should().Be(2);
            error.Should().Contain($"--ready: {message}");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
