using System.Net;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

public sealed class ConfigurationFileTests
{
    private const int TestTimeout = 120_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("configuration-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_file_in_the_working_directory_is_not_read(CancellationToken cancellationToken)
    {
        Write("appsettings.json", """{"KernelGateway": {"Http": {"Token": "planted"}, "NoSuchSetting": 1}}""");
        Write("appsettings.Production.json", """{"KernelGateway": {"NoSuchSetting": 1}}""");
        using var run = CommandRun.Start(_directory, new Dictionary<string, string> { ["XDG_CONFIG_HOME"] = "", ["HOME"] = _directory }, "kernels");

        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        error.Should().NotContain("NoSuchSetting");
        exitCode.Should().BeLessThan(2, "the command works without these variables");
    }

    [TestCase("XDG_CONFIG_HOME", "xdg", "xdg/kernel-gateway/appsettings.json")]
    [TestCase("HOME", "home", "home/.config/kernel-gateway/appsettings.json")]
    [CancelAfter(TestTimeout)]
    public async Task The_users_file_is_read_and_the_one_that_is_named_is_stronger(string variable, string home, string file, CancellationToken cancellationToken)
    {
        Write(file, """{"KernelGateway": {"Http": {"Token": "the-users"}, "BaseUrl": "/users"}}""");
        Write("named.json", """{"KernelGateway": {"Http": {"Token": "the-named"}}}""");
        var environment = new Dictionary<string, string> { ["XDG_CONFIG_HOME"] = "", [variable] = Path.Combine(_directory, home) };

        await using var server = await ServerProcess.StartAsync(
            environment, cancellationToken, "--warm", "none", "--config", Path.Combine(_directory, "named.json"));

        server.Url.AbsolutePath.Should().Be("/users");
        (await StatusAsync(server, "the-named", cancellationToken)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(server, "the-users", cancellationToken)).Should().Be(HttpStatusCode.Unauthorized);
    }

    private static async Task<HttpStatusCode> StatusAsync(ServerProcess server, string token, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var response = await client.GetAsync($"{server.Url}/contexts", cancellationToken);
        return response.StatusCode;
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
