using System.Globalization;
using KernelGateway.ControlPlane.Engines;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>The end of a sandbox by itself while its start still waits for it.</summary>
internal sealed class StartEnd : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private SandboxEnd? _end;                   // Written before the source is cancelled.

    /// <summary>Gets the token that the end cancels.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Ends the wait of the start. Afterwards the start has disposed of this.</summary>
    /// <param name="end">How it ended; null when that is not known.</param>
    public void Report(SandboxEnd? end)
    {
        _end = end;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The start has failed or succeeded at the same moment; what follows finds that the process is gone.
        }
    }

    /// <summary>Says that it ended, and why.</summary>
    public string Describe()
    {
        const string Ended = "the sandbox ended before it could be used";
        if (_end is not { } end) return Ended;
        var cause = end.WasOutOfMemory ? " (out of memory)"
            : end.ExitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $" (exit code {code})") : "";
        return end.LogTail.Length == 0 ? Ended + cause : $"{Ended}{cause}: {end.LogTail}";
    }

    public void Dispose() => _source.Dispose();
}
