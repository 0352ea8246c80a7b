using System.Text;
using KernelGateway.SandboxServices.Processes;

namespace KernelGateway.SandboxServices.Tests.Support;

/// <summary>Processes of one test, in a temporary folder that is the home of their user.</summary>
public sealed class ProcessBench : IAsyncDisposable
{
    public ProcessBench(SandboxProcessesOptions? options = null) => Processes = new SandboxProcesses(options);

    public TemporaryFolder Folder { get; } = new();

    public SandboxProcesses Processes { get; }

    /// <summary>Starts a shell script.</summary>
    public Task<SandboxProcess> StartAsync(
        string script, CancellationToken token, Func<ProcessStartOptions, ProcessStartOptions>? change = null)
    {
        var options = new ProcessStartOptions { Command = "/bin/bash", Arguments = ["-c", script], User = Folder.User, HasInput = false };
        return Processes.StartAsync(change?.Invoke(options) ?? options, token);
    }

    /// <summary>Starts a script in a terminal of 80 columns and 24 rows.</summary>
    public Task<SandboxProcess> StartTerminalAsync(string script, CancellationToken token) =>
        StartAsync(script, token, options => options with { Terminal = new TerminalSize(80, 24) });

    public static async Task<OutputTexts> ReadToEndAsync(SandboxProcess process, CancellationToken token, long? after = -1)
    {
        var collected = new Dictionary<ProcessOutputKind, MemoryStream>();
        var dropped = 0L;
        await foreach (var output in process.ReadOutputAsync(after, token))
        {
            dropped += output.DroppedBytes;
            if (!collected.TryGetValue(output.Kind, out var stream)) collected[output.Kind] = stream = new MemoryStream();
            stream.Write(output.Data.Span);
        }

        byte[] Bytes(ProcessOutputKind kind) => collected.TryGetValue(kind, out var stream) ? stream.ToArray() : [];
        return new OutputTexts(
            Bytes(ProcessOutputKind.StandardOutput), Bytes(ProcessOutputKind.StandardError), Bytes(ProcessOutputKind.Terminal), dropped);
    }

    /// <summary>Runs a script to its end.</summary>
    public async Task<(OutputTexts Output, ProcessEnd End)> RunAsync(
        string script, CancellationToken token, Func<ProcessStartOptions, ProcessStartOptions>? change = null)
    {
        var process = await StartAsync(script, token, change);
        var output = await ReadToEndAsync(process, token);
        return (output, await process.Ended.WaitAsync(token));
    }

    public static Task WriteAsync(SandboxProcess process, string text, CancellationToken token) =>
        process.WriteInputAsync(Encoding.UTF8.GetBytes(text), token);

    public async ValueTask DisposeAsync()
    {
        await Processes.DisposeAsync();
        Folder.Dispose();
    }
}

/// <summary>All output of a process.</summary>
public sealed record OutputTexts(byte[] OutputBytes, byte[] ErrorBytes, byte[] TerminalBytes, long Dropped)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    public string Error => Encoding.UTF8.GetString(ErrorBytes);

    public string Terminal => Encoding.UTF8.GetString(TerminalBytes);
}
