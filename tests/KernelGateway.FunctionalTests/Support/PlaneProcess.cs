namespace KernelGateway.FunctionalTests.Support;

/// <summary>The real command <c>kernel-gateway sandboxes serve</c> on a free port, with a data directory of its own.</summary>
internal sealed class PlaneProcess : IAsyncDisposable
{
    private const string KeyLine = "API key: ";

    private readonly ListeningProcess _process;
    private readonly DirectoryInfo _data;

    private PlaneProcess(ListeningProcess process, DirectoryInfo data)
    {
        _process = process;
        _data = data;
    }

    public string Url => _process.Url.ToString().TrimEnd('/');

    /// <summary>Gets the key that was made at the first start.</summary>
    public string Key => _process.Lines.Items.First(line => line.StartsWith(KeyLine, StringComparison.Ordinal))[KeyLine.Length..];

    public string DataDirectory => _data.FullName;

    /// <summary>Gets the variables by which clients find it.</summary>
    public Dictionary<string, string> Environment => new() { ["E2B_API_URL"] = Url, ["E2B_API_KEY"] = Key };

    /// <summary>Starts the command with sandboxes that are ordinary processes.</summary>
    public static async Task<PlaneProcess> StartAsync(CancellationToken cancellationToken)
    {
        var data = Directory.CreateTempSubdirectory("plane-");
        var start = TerminalCommand.Create("dotnet");
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"),
            "sandboxes", "serve", "--engine", "process", "--port", "0", "--data-dir", data.FullName,
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        try
        {
            var process = await ListeningProcess.StartAsync(
                start,
                line => line.StartsWith("Listening on ", StringComparison.Ordinal) ? line.Split(' ')[2] : null,
                cancellationToken);
            return new PlaneProcess(process, data);
        }
        catch
        {
            data.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>Ends the service. Sandboxes that a failed test has left are ended before.</summary>
    public async ValueTask DisposeAsync()
    {
        using (var run = CommandRun.Start(_data.FullName, Environment, "sandboxes", "kill", "--all"))
            await run.WaitAsync(CancellationToken.None);
        await _process.DisposeAsync();
        _data.Delete(recursive: true);
    }
}
