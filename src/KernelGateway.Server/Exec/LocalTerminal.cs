using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using KernelGateway.Processes.Native;

namespace KernelGateway.Server.Exec;

/// <summary>The terminal of this process while a remote one is shown in it. Linux only.</summary>
internal sealed class LocalTerminal : IDisposable
{
    private static readonly (int Columns, int Rows) DefaultSize = (80, 24);

    private readonly SafeHandle _input = StandardStreams.GetHandle(StandardStreams.Input);
    private readonly SafeHandle _output = StandardStreams.GetHandle(StandardStreams.Output);
    private PosixSignalRegistration? _resized;
    private uint[]? _former;

    /// <summary>Gets a value indicating whether this process has a terminal for input and output.</summary>
    public static bool Exists => !Console.IsInputRedirected && !Console.IsOutputRedirected;

    public (int Columns, int Rows) Size => TerminalCalls.GetSize(_output) ?? DefaultSize;

    /// <summary>Passes every key on as it is typed, until the object is disposed.</summary>
    public void Open() => _former = TerminalCalls.TryMakeRaw(_input);

    /// <summary>Calls back with the size whenever it has changed.</summary>
    [UnsupportedOSPlatform("windows")]
    public void FollowSize(Action<int, int> onChange) => _resized = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ =>
    {
        var (columns, rows) = Size;
        onChange(columns, rows);
    });

    /// <summary>Gives the terminal its former settings.</summary>
    public void Dispose()
    {
        _resized?.Dispose();
        if (_former is not null) TerminalCalls.Restore(_input, _former);
        _former = null;
    }
}
