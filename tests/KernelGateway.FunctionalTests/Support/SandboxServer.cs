using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>The real command with sandbox services, for cases of the unmodified npm package <c>e2b</c>.</summary>
internal sealed class SandboxServer : IAsyncDisposable
{
    private const string Token = "token-of-the-sandbox";

    private readonly ServerProcess _server;
    private readonly DirectoryInfo _home;
    private readonly bool _hasToken;

    private SandboxServer(ServerProcess server, DirectoryInfo home, bool hasToken)
    {
        _server = server;
        _home = home;
        _hasToken = hasToken;
    }

    /// <summary>Starts the command. Ignores the tests when the package is not installed.</summary>
    /// <param name="hasToken">Whether it asks for a token, which a control plane would have given to the SDK.</param>
    /// <param name="arguments">Further arguments of <c>kernel-gateway serve</c>.</param>
    public static async Task<SandboxServer> StartAsync(bool hasToken, params string[] arguments)
    {
        ClientScript.RequireNodePackage("e2b");
        if (!OperatingSystem.IsLinux()) Assert.Ignore("Files and commands are served on Linux only.");

        // The SDK starts login shells. The profile of whoever runs the tests is no part of them, and may wait for a lock.
        var home = Directory.CreateTempSubdirectory("sandbox-home-");
        string[] access = hasToken ? ["--token", Token] : ["--auth", "none"];
        var server = await ServerProcess.StartAsync(
            TestContext.CurrentContext.CancellationToken,
            ["--warm", "none", "--env", "GIVEN=by the operator", "--env", $"HOME={home.FullName}", .. access, .. arguments]);
        return new SandboxServer(server, home, hasToken);
    }

    /// <summary>Runs a case of <c>sandbox.mjs</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Kills the script.</param>
    public Task RunAsync(string name, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string> { ["E2B_SANDBOX_URL"] = _server.Url.ToString().TrimEnd('/') };
        if (_hasToken) environment["SANDBOX_TOKEN"] = Token;
        else environment["E2B_DEBUG"] = "true";
        return ClientScript.RunNodeAsync(environment, cancellationToken, "sandbox.mjs", name);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _home.Delete(recursive: true);
    }
}
