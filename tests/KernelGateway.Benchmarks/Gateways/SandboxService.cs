using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>
/// The command <c>sandboxes serve</c> as a child process, with a data directory of its own. Its sandboxes have no network.
/// </summary>
internal sealed class SandboxService : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly OutputTail _output = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _full = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SandboxService(Process process, string dataDirectory)
    {
        _process = process;
        DataDirectory = dataDirectory;
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => Fail();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string DataDirectory { get; }

    /// <summary>Gets the address.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Gets the API key.</summary>
    public string Key { get; private set; } = "";

    /// <summary>Reads the processor time that the service, and those of its children that have ended, have used so far.</summary>
    public TimeSpan ReadProcessorTime() => ProcessFile.ReadProcessorTime(_process.Id);

    /// <summary>Starts the command and waits until it listens.</summary>
    /// <param name="workplace">Where.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <param name="more">Further options.</param>
    public static async Task<SandboxService> StartAsync(
        Workplace workplace, CancellationToken cancellationToken, params string[] more)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            throw new BenchmarkException("Sandboxes of bubblewrap need the superuser.");

        // Sandboxes have users of their own, which pass through the directories.
        const UnixFileMode Passable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(workplace.Directory, Passable);
        var data = Directory.CreateDirectory(Path.Combine(workplace.Directory, $"plane-{Guid.NewGuid():N}"), Passable).FullName;
        var start = workplace.CreateStartInfo(
            GatewayServer.FindDotnet(),
            [
                workplace.ServerAssembly, "sandboxes", "serve", "--host", "127.0.0.1", "--port", "0", "--network", "none",
                "--data-dir", data, "--database", Path.Combine(data, "plane.db"), .. more,
            ]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var service = new SandboxService(Process.Start(start)!, data);
        try
        {
            await service._listening.Task.WaitAsync(StartLimit, cancellationToken);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the pool is full for the first time.</summary>
    public Task WhenFullAsync(TimeSpan limit, CancellationToken cancellationToken) =>
        _full.Task.WaitAsync(limit, cancellationToken);

    /// <summary>Connects to the sidecar of a sandbox, without the service.</summary>
    public HttpConnection ConnectToSidecar(BenchSandbox sandbox)
    {
        // Paths of sockets are short; the one in the data directory is not.
        var link = Path.Combine(Path.GetDirectoryName(DataDirectory)!, $"s{sandbox.Id[^6..]}");
        if (!Path.Exists(link)) Directory.CreateSymbolicLink(link, Path.Combine(DirectoryOf(sandbox.Id), "run"));
        return new HttpConnection(Path.Combine(link, "sidecar.sock"));
    }

    /// <summary>Returns the directory of a sandbox.</summary>
    public string DirectoryOf(string id) => Path.Combine(DataDirectory, "engine", "bubblewrap", "sandboxes", id);

    public SandboxClient Connect() => new(this);

    /// <summary>Ends the sandboxes that are left, and the service with its pools.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited && _listening.Task.IsCompletedSuccessfully)
        {
            using var client = Connect();
            try
            {
                client.KillAll();
            }
            catch (Exception exception) when (exception is BenchmarkException or SocketException)
            {
                await Console.Error.WriteLineAsync($"Sandboxes may be left: {exception.Message}");
            }
        }

        ChildProcess.Terminate(_process);
        await ChildProcess.EndAsync(_process);
    }

    private void Read(string? line)
    {
        if (line is null) return;
        _output.Add(line);
        if (line.StartsWith("API key: ", StringComparison.Ordinal)) Key = line["API key: ".Length..].Trim();
        if (line.StartsWith("Listening on ", StringComparison.Ordinal))
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, new Uri(line["Listening on ".Length..].Trim()).Port);
            _listening.TrySetResult();
        }

        if (line.Contains(" are ready.", StringComparison.Ordinal)) _full.TrySetResult();
    }

    private void Fail()
    {
        var failure = new BenchmarkException($"The service has ended.{Environment.NewLine}{_output}");
        _listening.TrySetException(failure);
        _full.TrySetException(failure);
    }
}
