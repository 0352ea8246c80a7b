using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

[Platform("Linux")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class UnixSocketTests
{
    private const int TestTimeout = 120_000;

    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly string _directory = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;

    private string SocketPath => Path.Combine(_directory, "gateway.sock");

    [TearDown]
    public void DeleteDirectory() => Directory.Delete(_directory, recursive: true);

    [TestCase]
    [TestCase("--kestrel-sockets")]
    [CancelAfter(TestTimeout)]
    public async Task Socket_serves_beside_TCP_with_its_mode_and_is_removed_at_the_end(params string[] more)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        await using (var server = await ServerProcess.StartAsync(
            cancellationToken, ["--warm", "none", "--token", "abc", "--socket", SocketPath, "--socket-mode", "660", .. more]))
        {
            server.Output.Should().Contain($" and unix:{SocketPath}");
            File.GetUnixFileMode(SocketPath).Should().Be(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
            (await GetAsync("/contexts", cancellationToken)).Should().Be("[]");
            using var client = new HttpClient { BaseAddress = server.Url };
            (await client.GetStringAsync("/health", cancellationToken)).Should().Be("\"OK\"");
        }

        File.Exists(SocketPath).Should().BeFalse();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Socket_alone_replaces_the_file_of_a_killed_server_and_is_not_taken_twice(CancellationToken cancellationToken)
    {
        await using (var killed = await StartAloneAsync(cancellationToken)) await killed.StopAsync("-KILL", cancellationToken);
        File.Exists(SocketPath).Should().BeTrue("a killed server leaves it");

        await using var server = await StartAloneAsync(cancellationToken);
        (await GetAsync("/contexts", cancellationToken)).Should().Be("[]");
        await server.Lines.WaitForAsync(line => line.Contains($"--unix-socket '{SocketPath}' http://localhost/execute"), cancellationToken);
        server.Output.Should().NotContain("127.0.0.1");
        File.GetUnixFileMode(SocketPath).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        using var second = CommandRun.Start(_directory, NoEnvironment, "serve", "--port", "none", "--socket", "gateway.sock");
        var (exitCode, _, error) = await second.WaitAsync(cancellationToken);
        exitCode.Should().Be(1);
        error.Should().Contain("is in use: another process listens on it").And.NotContain("Exception");
        (await GetAsync("/contexts", cancellationToken)).Should().Be("[]", "the first one is not disturbed");
    }

    [TestCase("Port", "--port", "none")]
    [TestCase("does not exist", "--socket", "no-such-directory/socket")]
    [TestCase("bytes long", "--socket", "0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/s")]
    [TestCase("--socket", "--socket", "")]
    [TestCase("SocketMode", "--socket", "s", "--socket-mode", "200")]
    [TestCase("SocketMode", "--socket", "s", "--socket-mode", "rw-")]
    [CancelAfter(TestTimeout)]
    public async Task Impossible_socket_is_a_usage_error(string said, params string[] options)
    {
        Directory.CreateDirectory(Path.Combine(_directory, string.Join('/', Enumerable.Repeat("0123456789", 10))));
        using var run = CommandRun.Start(_directory, NoEnvironment, ["serve", .. options]);

        var (exitCode, _, error) = await run.WaitAsync(TestContext.CurrentContext.CancellationToken);

        exitCode.Should().Be(2);
        error.Should().Contain(said).And.NotContain("Exception");
    }

    private Task<ListeningProcess> StartAloneAsync(CancellationToken cancellationToken)
    {
        var start = TerminalCommand.Create("dotnet");
        string[] arguments =
            [Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"), "serve", "--warm", "none", "--token", "abc", "--port", "none", "--socket", SocketPath];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return ListeningProcess.StartAsync(
            start, line => line == $"Listening on unix:{SocketPath}" ? "http://localhost" : null, cancellationToken);
    }

    private async Task<string> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri("http://localhost") };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "abc");
        return await client.GetStringAsync(path, cancellationToken);
    }
}
