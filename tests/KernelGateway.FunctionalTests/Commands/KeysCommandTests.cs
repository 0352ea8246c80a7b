using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Commands;

/// <summary><c>kernel-gateway sandboxes keys</c>.</summary>
[CancelAfter(120_000)]
public sealed class KeysCommandTests
{
    [Test]
    public async Task Keys_are_created_listed_without_the_key_and_revoked(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("keys-");
        try
        {
            var (code, key, error) = await RunAsync("create", "--team", "research", "--name", "build server");
            code.Should().Be(0, error);
            key.Trim().Should().MatchRegex("^e2b_[0-9a-f]{40}$");

            var list = (await RunAsync("list")).Output;
            list.Should().Contain("research").And.Contain("build server").And.NotContain(key.Trim());

            var id = list.Split(' ')[0];
            (await RunAsync("revoke", id)).Code.Should().Be(0);
            (await RunAsync("list")).Output.Should().BeEmpty();
            (await RunAsync("revoke", id)).Code.Should().Be(2);
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
        {
            using var run = CommandRun.Start(
                directory.FullName, new Dictionary<string, string>(), ["sandboxes", "keys", .. arguments, "--data-dir", directory.FullName]);
            return await run.WaitAsync(cancellationToken);
        }
    }
}
