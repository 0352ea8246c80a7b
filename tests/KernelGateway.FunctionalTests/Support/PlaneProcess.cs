namespace KernelGateway.FunctionalTests.Support;

/// <summary>The real command <c>kernel-gateway sandboxes serve</c> on a free port, with a data directory of its own.</summary>
internal sealed class PlaneProcess : IAsyncDisposable
{
    private const string KeyLine = "API key: ";

    private readonly ListeningProcess _process;
    private readonly DirectoryInfo _home;

    private PlaneProcess(ListeningProcess process, DirectoryInfo home)
    {
        _process = process;
        _home = home;
    }

    public string Url => _process.Url.ToString().TrimEnd('/');

    /// <summary>Gets the key that was made at the first start.</summary>
    public string Key => _process.Lines.Items.First(line => line.StartsWith(KeyLine, StringComparison.Ordinal))[KeyLine.Length..];

    public string DataDirectory => GetDataDirectory(_home);

    /// <summary>Gets the variables by which clients find it.</summary>
    public Dictionary<string, string> Environment => new() { ["E2B_API_URL"] = Url, ["E2B_SANDBOX_URL"] = Url, ["E2B_API_KEY"] = Key };

    /// <summary>Starts the command with sandboxes that are ordinary processes.</summary>
    public static Task<PlaneProcess> StartAsync(CancellationToken cancellationToken) =>
        StartAsync(user: null, cancellationToken, "--engine", "process");

    /// <summary>Starts the command.</summary>
    /// <param name="user">The user that it runs as, where this process may choose one; null for the one of this process.</param>
    /// <param name="cancellationToken">Cancels the start, which then leaves nothing.</param>
    /// <param name="arguments">Its arguments, but for the port and the data directory.</param>
    public static async Task<PlaneProcess> StartAsync(string? user, CancellationToken cancellationToken, params string[] arguments)
    {
        var home = Directory.CreateTempSubdirectory("plane-");
        try
        {
            string[] prefix = user is null ? [] : await BecomeAsync(user, home, cancellationToken);
            string[] command =
            [
                .. prefix, "dotnet", Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"),
                "sandboxes", "serve", "--port", "0", "--data-dir", GetDataDirectory(home), .. arguments,
            ];
            var start = TerminalCommand.Create(command[0]);
            start.WorkingDirectory = "/";
            foreach (var argument in command[1..]) start.ArgumentList.Add(argument);
            var process = await ListeningProcess.StartAsync(
                start,
                line => line.StartsWith("Listening on ", StringComparison.Ordinal) ? line.Split(' ')[2] : null,
                cancellationToken);
            return new PlaneProcess(process, home);
        }
        catch
        {
            home.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>Ends the service. Sandboxes that a failed test has left are ended before.</summary>
    public async ValueTask DisposeAsync()
    {
        using (var run = CommandRun.Start("/", Environment, "sandboxes", "kill", "--all"))
            await run.WaitAsync(CancellationToken.None);
        await _process.DisposeAsync();
        _home.Delete(recursive: true);
    }

    private static string GetDataDirectory(DirectoryInfo home) => Path.Combine(home.FullName, "data");

    private static async Task<string[]> BecomeAsync(string user, DirectoryInfo home, CancellationToken cancellationToken)
    {
        if (!System.Environment.IsPrivilegedProcess) return [];
        using var owner = System.Diagnostics.Process.Start("chown", [user, home.FullName]);
        await owner.WaitForExitAsync(cancellationToken);
        return ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "env", $"HOME={home.FullName}", $"TMPDIR={home.FullName}"];
    }
}
