using System.Diagnostics;
using KernelGateway.Testing;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>A server process that reports its address on its output.</summary>
internal sealed class ListeningProcess : IAsyncDisposable
{
    private ListeningProcess(Process process, Uri url, AwaitableLog<string> lines)
    {
        Process = process;
        Url = url;
        Lines = lines;
    }

    public Process Process { get; }

    public Uri Url { get; }

    /// <summary>Gets the lines of its output and log.</summary>
    public AwaitableLog<string> Lines { get; }

    /// <summary>Gets the lines as one text.</summary>
    public string Output => string.Join('\n', Lines.Items);

    /// <summary>Starts the process and waits until it reports its address.</summary>
    /// <param name="start">The process to start. Its output is redirected.</param>
    /// <param name="findAddress">Finds the address in a line; null when the line has none.</param>
    /// <param name="cancellationToken">Cancels the start. The process is then ended.</param>
    public static async Task<ListeningProcess> StartAsync(
        ProcessStartInfo start, Func<string, string?> findAddress, CancellationToken cancellationToken)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = Process.Start(start)!;
        var lines = new AwaitableLog<string>();
        var url = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => url.TrySetException(
            new InvalidOperationException($"{start.FileName} ended before it listened:\n{string.Join('\n', lines.Items)}"));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new ListeningProcess(process, await url.Task.WaitAsync(cancellationToken), lines);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw;
        }

        void Take(string? line)
        {
            if (line is null) return;
            lines.Add(line);
            // Later lines may name other addresses, those of kernels for example.
            if (!url.Task.IsCompleted && Uri.TryCreate(findAddress(line), UriKind.Absolute, out var address)) url.TrySetResult(address);
        }
    }

    /// <summary>Ends the process with a signal in the notation of <c>kill</c>, and returns its exit code.</summary>
    public async Task<int> StopAsync(string signal, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [signal, $"{Process.Id}"]);
        await kill.WaitForExitAsync(cancellationToken);
        await Process.WaitForExitAsync(cancellationToken);
        return Process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited) await StopAsync("-TERM", CancellationToken.None);
        Process.Dispose();
    }
}
