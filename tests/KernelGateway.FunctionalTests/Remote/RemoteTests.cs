using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Remote;

/// <summary>
/// Tests of commands that talk to a running gateway. They share one, whose working directory is a temporary one.
/// </summary>
[Platform("Linux")]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one server for all cases; each uses names of its own
public abstract class RemoteTests
{
    private protected const int TestTimeout = 120_000;
    private protected const string Token = "token-of-the-gateway";

    private readonly DirectoryInfo _remote = Directory.CreateTempSubdirectory("kernel-gateway-remote-");
    private readonly DirectoryInfo _local = Directory.CreateTempSubdirectory("kernel-gateway-local-");

    private protected ServerProcess Server { get; private set; } = null!;

    /// <summary>Gets the working directory of the gateway, which is also the home of its commands.</summary>
    private protected string RemoteDirectory => _remote.FullName;

    /// <summary>Gets the working directory of the commands here.</summary>
    private protected string LocalDirectory => _local.FullName;

    private protected string Url => Server.Url.ToString().TrimEnd('/');

    /// <summary>Gets the variables by which the commands find the gateway.</summary>
    private protected Dictionary<string, string> Environment =>
        new() { ["KERNELGATEWAY_URL"] = Url, ["KERNELGATEWAY_TOKEN"] = Token };

    [OneTimeSetUp]
    public async Task StartTheServer() => Server = await ServerProcess.StartAsync(
        new Dictionary<string, string> { ["KERNELGATEWAY__HTTP__TOKEN"] = Token },
        TestContext.CurrentContext.CancellationToken,
        "--warm", "none", "--working-directory", RemoteDirectory, "--env", $"HOME={RemoteDirectory}",
        "--env", "GIVEN=by the operator");

    [OneTimeTearDown]
    public async Task StopTheServer()
    {
        if (Server is not null) await Server.DisposeAsync();
        _remote.Delete(recursive: true);
        _local.Delete(recursive: true);
    }

    private protected CommandRun Start(params string[] arguments) => CommandRun.Start(LocalDirectory, Environment, arguments);

    private protected async Task<(int ExitCode, string Output, string Error)> RunAsync(
        CancellationToken token, params string[] arguments)
    {
        using var run = Start(arguments);
        return await run.WaitAsync(token);
    }

    private protected async Task<string> SucceedAsync(CancellationToken token, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(token, arguments);
        exitCode.Should().Be(0, error);
        return output;
    }

    private protected string RemotePath(string name) => Path.Combine(RemoteDirectory, name);

    private protected string LocalPath(string name) => Path.Combine(LocalDirectory, name);
}
