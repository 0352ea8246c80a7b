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
    public Task Pool_that_cannot_be_is_refused(string value, string message, CancellationToken cancellationToken) =>
        ExpectRefusalAsync($"--ready: {message}", cancellationToken, "--engine", "process", "--ready", value);

    [TestCase("bubblewrap", "0", "0 is less than 65536: users of the host have such ids.")]
    [TestCase("runc", "4294967294", "the ids of 4096 sandboxes from 4294967294 on end with 4563402749, and the highest id is 4294967294.")]
    [TestCase("process", "1000000", "sandboxes of the engine 'process' have no users of their own.")]
    public Task First_id_that_cannot_be_is_refused(string engine, string id, string message, CancellationToken cancellationToken) =>
        ExpectRefusalAsync($"--first-host-id: {message}", cancellationToken, "--engine", engine, "--first-host-id", id);

    private static async Task ExpectRefusalAsync(string message, CancellationToken cancellationToken, params string[] arguments)
    {
        var directory = Directory.CreateTempSubdirectory("serve-");
        try
        {
            using var run = CommandRun.Start(
                directory.FullName,
                new Dictionary<string, string>(),
                ["sandboxes", "serve", "--port", "0", "--data-dir", directory.FullName, .. arguments]);

            var (code, _, error) = await run.WaitAsync(cancellationToken);

            code.Should().Be(2);
            error.Should().Contain(message);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
