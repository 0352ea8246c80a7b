using System.Globalization;
using KernelGateway.AspNetCore.Envd.Messages;

namespace KernelGateway.Server.Remote;

/// <summary>A piece of output of a remote process.</summary>
/// <param name="IsError">Whether it is of standard error.</param>
/// <param name="Data">The bytes; of a terminal all of them are output.</param>
internal readonly record struct RemoteOutput(bool IsError, ReadOnlyMemory<byte> Data);

/// <summary>How a remote process ended.</summary>
/// <param name="ExitCode">The exit code, or 128 and the number of the signal, as shells count.</param>
/// <param name="Status">The end in words.</param>
internal sealed record RemoteEnd(int ExitCode, string Status)
{
    private const int SignalBase = 128;
    private const string SignalPrefix = "signal: ";
    private const string NumberPrefix = "signal ";

    // The wire has the signal in words only, which are those of Go.
    private static readonly string[] SignalTexts =
    [
        "", "hangup", "interrupt", "quit", "illegal instruction", "trace/breakpoint trap", "aborted", "bus error",
        "floating point exception", "killed", "user defined signal 1", "segmentation fault", "user defined signal 2",
        "broken pipe", "alarm clock", "terminated",
    ];

    public static RemoteEnd Create(ProcessEvent.Types.EndEvent end) =>
        new(end.Exited ? end.ExitCode : FindSignal(end.Status) is { } signal ? SignalBase + signal : 1, end.Status);

    private static int? FindSignal(string status)
    {
        if (!status.StartsWith(SignalPrefix, StringComparison.Ordinal)) return null;
        var text = status[SignalPrefix.Length..].Replace(" (core dumped)", "", StringComparison.Ordinal);
        if (text.StartsWith(NumberPrefix, StringComparison.Ordinal)
            && int.TryParse(text[NumberPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        var index = Array.IndexOf(SignalTexts, text);
        return index > 0 ? index : null;
    }
}

/// <summary>A process at a remote gateway. It goes on when this object is disposed.</summary>
internal sealed class RemoteProcess(
    RemoteProcesses processes, int processId, bool isTerminal, IAsyncEnumerator<StartResponse> events) : IAsyncDisposable
{
    public int ProcessId => processId;

    /// <summary>Gets the end; null while its output is read.</summary>
    public RemoteEnd? End { get; private set; }

    /// <summary>
    /// Reads the output to the end of the process. It can be read once; the token of the start ends the reading.
    /// </summary>
    /// <exception cref="RemoteException">The stream broke before the end of the process.</exception>
    public async IAsyncEnumerable<RemoteOutput> ReadOutputAsync()
    {
        while (await events.MoveNextAsync())
        {
            var happened = events.Current.Event;
            if (happened?.End is { } end) End = RemoteEnd.Create(end);
            if (happened?.Data is not { } data) continue;
            yield return data.OutputCase switch
            {
                ProcessEvent.Types.DataEvent.OutputOneofCase.Stderr => new RemoteOutput(IsError: true, data.Stderr.Memory),
                ProcessEvent.Types.DataEvent.OutputOneofCase.Pty => new RemoteOutput(IsError: false, data.Pty.Memory),
                _ => new RemoteOutput(IsError: false, data.Stdout.Memory),
            };
        }

        if (End is null) throw new RemoteException(RemoteProblem.Other, "The gateway did not say how the process ended.");
    }

    /// <summary>Writes to the input; completes when the process can read the bytes.</summary>
    /// <returns>False when nobody can read them any more.</returns>
    public async Task<bool> TryWriteInputAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await processes.SendInputAsync(processId, data, isTerminal, cancellationToken);
            return true;
        }
        catch (RemoteException)
        {
            // The process has ended or has closed its input. A broken connection also breaks the stream of the output.
            return false;
        }
    }

    /// <summary>Closes the input, so that the process reads its end.</summary>
    public async Task CloseInputAsync(CancellationToken cancellationToken)
    {
        try
        {
            await processes.CloseInputAsync(processId, cancellationToken);
        }
        catch (RemoteException)
        {
            // As above.
        }
    }

    /// <summary>Sends a signal to the process group; does nothing when the process has ended.</summary>
    /// <exception cref="RemoteException">The gateway cannot be reached.</exception>
    public async Task SignalGroupAsync(int signal, CancellationToken cancellationToken)
    {
        try
        {
            await processes.SignalGroupAsync(processId, signal, cancellationToken);
        }
        catch (RemoteException exception) when (exception.Problem == RemoteProblem.NotFound)
        {
            // It has ended meanwhile; its end is on the way.
        }
    }

    /// <summary>
    /// Changes the size of the terminal; does nothing when the process has ended or the gateway cannot be reached.
    /// </summary>
    public async Task ResizeAsync(int columns, int rows, CancellationToken cancellationToken)
    {
        try
        {
            await processes.ResizeAsync(processId, columns, rows, cancellationToken);
        }
        catch (RemoteException)
        {
            // A terminal of a wrong size is usable, and the next change is sent again.
        }
    }

    public ValueTask DisposeAsync() => events.DisposeAsync();
}
