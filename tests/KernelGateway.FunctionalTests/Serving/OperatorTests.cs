using System.Net;
using System.Text;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

/// <summary>What operators of <c>serve</c> set on the command line.</summary>
public sealed class OperatorTests
{
    [Test]
    [CancelAfter(120_000)]
    public async Task Tokens_of_a_file_are_accepted_and_withdrawn_while_the_server_runs(CancellationToken cancellationToken)
    {
        var path = Path.GetTempFileName();   // with mode 0600
        await File.WriteAllTextAsync(path, "alice alice-token\nbob bob-token\n", cancellationToken);
        await using var server = await ServerProcess.StartAsync(
            cancellationToken, "--warm", "none", "--token-file", path, "--audit", "--max-timeout", "60");
        using var client = new HttpClient { BaseAddress = server.Url };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "alice-token");

        using var tooLong = await PostAsync(client, """{"code": "1", "timeout": 61}""", cancellationToken);
        tooLong.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        using var unknown = await client.DeleteAsync("/contexts/none", cancellationToken);
        unknown.StatusCode.Should().Be(HttpStatusCode.NotFound, "the token is accepted");
        server.Output.Should().NotContain("Token:", "no token is generated").And.NotContain("alice-token");

        await File.WriteAllTextAsync(path, "bob bob-token\n", cancellationToken);
        await server.Lines.WaitForAsync(line => line.Contains("[5005]") && line.Contains("Withdrawn: alice"), cancellationToken);
        using var refused = await client.GetAsync("/contexts", cancellationToken);
        refused.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        File.Delete(path);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Token_file_that_others_can_read_is_a_usage_error(CancellationToken cancellationToken)
    {
        var path = Path.GetTempFileName();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        using var run = CommandRun.Start(Path.GetTempPath(), new Dictionary<string, string>(), "serve", "--port", "0", "--token-file", path);
        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(2);
        error.Should().Contain("TokenFile").And.Contain("chmod 600");
        File.Delete(path);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string body, CancellationToken cancellationToken) =>
        client.PostAsync("/execute", new StringContent(body, Encoding.UTF8, "application/json"), cancellationToken);
}
