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

    /// <summary>Gets the address of the command.</summary>
    public Uri Url => _server.Url;

    /// <summary>Starts the command. Ignores the tests when the package is not installed.</summary>
    /// <param name="hasToken">Whether it asks for a token, which a control plane would have given to the SDK.</param>
    /// <param name="arguments">Further arguments of <c>kernel-gateway serve</c>.</param>
    public static async Task<SandboxServer> StartAsync(bool hasToken, params string[] arguments)
    {
        var home = CreateHome();
        string[] access = hasToken ? ["--token", Token] : ["--auth", "none"];
        var server = await ServerProcess.StartAsync(
            TestContext.CurrentContext.CancellationToken, [.. Arguments(home), .. access, .. arguments]);
        return new SandboxServer(server, home, hasToken);
    }

    /// <summary>Starts the command without a token and with a small disk at a directory. Ignores the tests without root.</summary>
    /// <param name="folder">An empty directory, which is the disk for the command.</param>
    /// <param name="bytes">The size of the disk.</param>
    public static async Task<SandboxServer> StartWithSmallDiskAsync(string folder, int bytes)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can mount a small disk.");
        var cancellation = TestContext.CurrentContext.CancellationToken;
        var (exitCode, _) = await ProgramRun.RunAsync("unshare", ["--mount", "true"], cancellation);
        if (exitCode != 0) Assert.Ignore("This machine does not allow a mount namespace.");
        var home = CreateHome();
        var server = await ServerProcess.StartWithSmallDiskAsync(
            folder, bytes, cancellation, [.. Arguments(home), "--auth", "none"]);
        return new SandboxServer(server, home, hasToken: false);
    }

    /// <summary>Runs a case of <c>sandbox.mjs</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Kills the script.</param>
    /// <param name="variables">Environment variables of the case.</param>
    public Task RunAsync(string name, CancellationToken cancellationToken, params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string> { ["E2B_SANDBOX_URL"] = _server.Url.ToString().TrimEnd('/') };
        if (_hasToken) environment["SANDBOX_TOKEN"] = Token;
        else environment["E2B_DEBUG"] = "true";
        foreach (var (variable, value) in variables) environment[variable] = value;
        return ClientScript.RunNodeAsync(environment, cancellationToken, "sandbox.mjs", name);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _home.Delete(recursive: true);
    }

    // The SDK starts login shells. The profile of whoever runs the tests is no part of them, and may wait for a lock.
    private static DirectoryInfo CreateHome()
    {
        ClientScript.RequireNodePackage("e2b");
        if (!OperatingSystem.IsLinux()) Assert.Ignore("Files and commands are served on Linux only.");
        return Directory.CreateTempSubdirectory("sandbox-home-");
    }

    private static string[] Arguments(DirectoryInfo home) =>
        ["--warm", "none", "--env", "GIVEN=by the operator", "--env", $"HOME={home.FullName}"];
}
