using System.Runtime.InteropServices;
using KernelGateway.Processes.Native;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Exec;

/// <summary>
/// Sends the signals that this process gets to the group of a remote process. Before that has started, and when the gateway
/// cannot be reached, they end the command.
/// </summary>
internal sealed class SignalForwarder : IDisposable
{
    private readonly CancellationTokenSource _ending;
    private readonly PosixSignalRegistration[] _registrations;
    private readonly bool _isTerminal;
    private volatile RemoteProcess? _process;
    private volatile int _received;

    /// <summary>Creates the object; signals are handled from now on.</summary>
    /// <param name="isTerminal">
    /// Whether the process has a terminal of its own. Then Ctrl+C is typed into that, and what ends this process means that the
    /// terminal is gone: the process gets SIGHUP, and the command ends.
    /// </param>
    /// <param name="cancellationToken">Ends the command as well.</param>
    public SignalForwarder(bool isTerminal, CancellationToken cancellationToken)
    {
        _isTerminal = isTerminal;
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => OnSignal(signal, Signals.Interrupt)),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, signal => OnSignal(signal, Signals.Quit)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => OnSignal(signal, Signals.Terminate)),

            // Under nohup it stays ignored: the runtime leaves signals alone that are ignored when it starts.
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => OnSignal(signal, Signals.HangUp)),
        ];
    }

    /// <summary>Gets the token that is cancelled when the command is to end.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>Gets the exit code for the last signal: 128 and its number, as shells count.</summary>
    public int ExitCode => ExitCodes.SignalBase + _received;

    /// <summary>Sends signals to this process from now on.</summary>
    public void Start(RemoteProcess process) => _process = process;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _ending.Dispose();
    }

    private void OnSignal(PosixSignalContext signal, int number)
    {
        signal.Cancel = true;
        _received = number;
        if (_process is { } process) _ = ForwardAsync(process, number);
        else _ending.Cancel();
    }

    private async Task ForwardAsync(RemoteProcess process, int number)
    {
        try
        {
            await process.SignalGroupAsync(_isTerminal ? Signals.HangUp : number, _ending.Token);
            if (_isTerminal) await _ending.CancelAsync();
        }
        catch (RemoteException)
        {
            await _ending.CancelAsync();
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The command is ending.
        }
    }
}
