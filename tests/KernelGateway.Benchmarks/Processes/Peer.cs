using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KernelGateway.Benchmarks.Processes;

/// <summary>A reference in another language: a process that answers each JSON line with a JSON line.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private const double NanosecondsPerSecond = 1e9;

    private readonly string _name;
    private readonly Process _process;
    private readonly OutputTail _errors;

    private Peer(string name, Process process)
    {
        _name = name;
        _process = process;
        _errors = OutputTail.OfStandardError(process);
    }

    /// <summary>Starts a Python script from the folder <c>peers</c>.</summary>
    public static Peer StartPython(string script, Workplace workplace) =>
        Start(script, workplace, Workplace.Python, Path.Combine(workplace.PeersDirectory, script), workplace.Directory);

    /// <summary>Starts a program that answers commands.</summary>
    public static Peer Start(string name, Workplace workplace, string program, params string[] arguments)
    {
        var start = workplace.CreateStartInfo(program, arguments);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return new Peer(name, Process.Start(start)!);
    }

    /// <summary>Sends a command and waits for its answer.</summary>
    public async Task<JsonElement> AskAsync(JsonObject command, CancellationToken cancellationToken)
    {
        try
        {
            return await ExchangeAsync(command, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // A late answer would be taken for the answer to the next command.
            ChildProcess.Terminate(_process);
            throw;
        }
    }

    private async Task<JsonElement> ExchangeAsync(JsonObject command, CancellationToken cancellationToken)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(command.ToJsonString().AsMemory(), cancellationToken);
            await _process.StandardInput.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            throw new BenchmarkException($"{_name} has ended.{Environment.NewLine}{_errors}");
        }

        if (await _process.StandardOutput.ReadLineAsync(cancellationToken) is not { } line)
        {
            throw new BenchmarkException($"{_name} ended without an answer.{Environment.NewLine}{_errors}");
        }

        var answer = JsonDocument.Parse(line).RootElement;
        if (answer.TryGetProperty("error", out var error)) throw new BenchmarkException($"{_name} failed:{Environment.NewLine}{error}");
        return answer;
    }

    /// <summary>Sends a command without arguments.</summary>
    public Task<JsonElement> AskAsync(string command, CancellationToken cancellationToken) =>
        AskAsync(new JsonObject { ["do"] = command }, cancellationToken);

    /// <summary>Sends a measuring command and returns its times in seconds.</summary>
    public async Task<double[]> MeasureAsync(JsonObject command, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(command, cancellationToken);
        return [.. answer.GetProperty("nanoseconds").EnumerateArray().Select(time => time.GetDouble() / NanosecondsPerSecond)];
    }

    /// <summary>Ends the peer, which ends its kernel.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The process has already exited.
        }

        await ChildProcess.EndAsync(_process);
    }
}
