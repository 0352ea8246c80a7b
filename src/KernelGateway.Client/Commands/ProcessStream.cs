using KernelGateway.Client.Connect;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>How a process has ended.</summary>
internal sealed record ProcessEnd(int ExitCode, string? Error);

/// <summary>A part of the output of a process.</summary>
internal enum ProcessOutputKind
{
    Stdout,
    Stderr,
    Terminal,
}

/// <summary>Follows a process: hands its output on and keeps how it has ended.</summary>
internal sealed class ProcessStream : IAsyncDisposable
{
    private readonly EnvdClient _envd;
    private readonly ConnectStream _stream;
    private readonly Action<ProcessOutputKind, byte[]> _onOutput;
    private readonly CancellationTokenSource _disconnecting = new();
    private readonly Action _onEnd;
    private Task<ProcessEnd> _reading = null!;

    private ProcessStream(EnvdClient envd, ConnectStream stream, int pid, Action<ProcessOutputKind, byte[]> onOutput, Action onEnd)
    {
        _envd = envd;
        _stream = stream;
        _onOutput = onOutput;
        _onEnd = onEnd;
        Pid = pid;
    }

    public int Pid { get; }

    /// <summary>Gets how it has ended; null while it runs, or when that is not known.</summary>
    public ProcessEnd? End { get; private set; }

    /// <summary>Starts a process or connects to one.</summary>
    /// <param name="envd">The sandbox.</param>
    /// <param name="method"><c>Start</c> or <c>Connect</c>.</param>
    /// <param name="request">The request.</param>
    /// <param name="user">The user who runs it; null for the default one.</param>
    /// <param name="timeout">How long it may last; null for no limit.</param>
    /// <param name="onOutput">Is called with each chunk of output.</param>
    /// <param name="onEnd">Is called when no more output comes, however it has ended.</param>
    /// <param name="cancellationToken">Cancels the request until the process has started.</param>
    public static async Task<ProcessStream> OpenAsync(
        EnvdClient envd,
        string method,
        JObject request,
        string? user,
        TimeSpan? timeout,
        Action<ProcessOutputKind, byte[]> onOutput,
        Action onEnd,
        CancellationToken cancellationToken)
    {
        var (stream, first) = await envd.OpenAsync($"{ProcessCalls.Service}/{method}", request, user, timeout, EnvdErrors.Process, cancellationToken)
            .ConfigureAwait(false);
        if (first["event"]?["start"] is JObject start)
        {
            var process = new ProcessStream(envd, stream, (int)start.Number("pid"), onOutput, onEnd);
            process.Start();
            return process;
        }

        await stream.DisposeAsync().ConfigureAwait(false);
        throw new SandboxRequestException(SandboxError.Other, $"The stream of {method} does not begin with the start of the process.");
    }

    /// <summary>Waits for the end.</summary>
    /// <exception cref="SandboxException">The connection was lost, the sandbox has ended, or the time was over.</exception>
    public Task<ProcessEnd> WaitAsync(CancellationToken cancellationToken) => _reading.WaitAsync(cancellationToken);

    /// <summary>Stops following it. The process goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _disconnecting.CancelAsync().ConfigureAwait(false);
        await ((Task)_reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Start()
    {
        _reading = ReadAsync();

        // A failure is reported to those who wait; nobody has to.
        _ = _reading.ContinueWith(
            static reading => _ = reading.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private async Task<ProcessEnd> ReadAsync()
    {
        await Task.Yield();
        try
        {
            return await ReadToEndAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_disconnecting.IsCancellationRequested)
        {
            throw new SandboxException(SandboxError.Other, $"The handle of process {Pid} was disconnected before the process ended.");
        }
        finally
        {
            _onEnd();
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<ProcessEnd> ReadToEndAsync()
    {
        try
        {
            while (await _stream.ReadAsync(_disconnecting.Token).ConfigureAwait(false) is { } message)
            {
                var happened = message["event"] as JObject;
                if (happened?["data"] is JObject data) Forward(data);
                else if (happened?["end"] is JObject end) End = new ProcessEnd((int)end.Number("exitCode"), ReadError(end));
            }
        }
        catch (ConnectException exception)
        {
            throw EnvdErrors.Translate(exception, EnvdErrors.Process);
        }
        catch (IOException) when (End is not null)
        {
            // The process has ended before the connection did.
        }
        catch (IOException exception)
        {
            throw await _envd.ExplainAsync(exception, _disconnecting.Token).ConfigureAwait(false);
        }

        return End ?? throw new SandboxRequestException(SandboxError.Other, $"The stream of process {Pid} has ended without its result.");
    }

    private void Forward(JObject data)
    {
        foreach (var field in data.Properties())
        {
            var kind = field.Name switch
            {
                "stdout" => ProcessOutputKind.Stdout,
                "stderr" => ProcessOutputKind.Stderr,
                "pty" => ProcessOutputKind.Terminal,
                _ => (ProcessOutputKind?)null,
            };
            if (kind is not null && data.Text(field.Name) is { } text) _onOutput(kind.Value, Decode(text));
        }
    }

    private static byte[] Decode(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException exception)
        {
            throw new IOException("The stream has output that is not base64.", exception);
        }
    }

    private static string? ReadError(JObject end)
    {
        if (end.Text("error") is { Length: > 0 } error) return error;
        if (end.Number("exitCode") == 0) return null;
        return end.Text("status") is { Length: > 0 } status ? status : $"exit status {end.Number("exitCode")}";
    }
}
