using System.Runtime.InteropServices;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Server.Sudo;

/// <summary>Signals that this process gets, as bytes of a pipe.</summary>
internal sealed class SignalQueue : IDisposable
{
    // Those that end a program by default and can be handled, and those of job control.
    private static readonly int[] Handled =
    [
        Signals.HangUp, Signals.Interrupt, Signals.Quit, Signals.User1, Signals.User2, Signals.Alarm, Signals.Terminate,
        Signals.Continue, Signals.TerminalStop, Signals.WindowChange,
    ];

    private readonly SafeFileHandle _read;
    private readonly SafeFileHandle _write;
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Creates the object; signals are put into the queue from now on.</summary>
    public SignalQueue()
    {
        (_read, _write) = LibC.CreatePipe();
        LibC.SetNonBlocking((int)_read.DangerousGetHandle());
        LibC.SetNonBlocking((int)_write.DangerousGetHandle());
        // Ignored signals, as SIGHUP under nohup, stay ignored: the runtime leaves them alone.
        foreach (var signal in Handled) _registrations.Add(PosixSignalRegistration.Create((PosixSignal)signal, Put));
    }

    /// <summary>Gets what can be read when a signal has come.</summary>
    public int Descriptor => (int)_read.DangerousGetHandle();

    /// <summary>Takes the next signal; zero when there is none.</summary>
    public int Take()
    {
        Span<byte> signal = stackalloc byte[1];
        return LibC.Read(Descriptor, signal) == 1 ? signal[0] : 0;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _read.Dispose();
        _write.Dispose();
    }

    // When thousands wait, one more makes no difference.
    private void Put(PosixSignalContext context)
    {
        context.Cancel = true;
        Span<byte> signal = [(byte)context.Signal];
        _ = LibC.Write((int)_write.DangerousGetHandle(), signal);
    }
}
