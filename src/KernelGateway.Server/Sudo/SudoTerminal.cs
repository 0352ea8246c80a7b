using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Server.Sudo;

/// <summary>
/// A terminal for the command, shown in the terminal of this process. A terminal can control the programs of one session only, and
/// the command is in another one.
/// </summary>
/// <remarks>Keys go to the command's terminal as they are typed, Ctrl+C too, and its output comes back as it is.</remarks>
internal sealed class SudoTerminal : IDisposable
{
    // How long output is awaited after the end of the command, from programs that it has left.
    private const int GraceMilliseconds = 50;

    private readonly SafeFileHandle _outer;
    private readonly PseudoTerminal _inner;
    private readonly bool[] _isTerminal;
    private readonly RelayBuffer _keys = new();
    private readonly RelayBuffer _output = new();
    private uint[]? _former;
    private bool _hasNoKeys;
    private bool _hasEnded;

    private SudoTerminal(SafeFileHandle outer, PseudoTerminal inner, bool[] isTerminal)
    {
        _outer = outer;
        _inner = inner;
        _isTerminal = isTerminal;
    }

    /// <summary>Gets the standard streams of the command: its terminal in place of this process's.</summary>
    public int[] Descriptors => [.. _isTerminal.Select((isTerminal, number) => isTerminal ? (int)_inner.Slave.DangerousGetHandle() : number)];

    /// <summary>Gets or sets the process group of the command; zero before it is known.</summary>
    public int CommandGroup { get; set; }

    private int Inner => (int)_inner.Master.DangerousGetHandle();

    private int Outer => (int)_outer.DangerousGetHandle();

    private bool IsShown => _former is not null;

    // Before the command is known to run, the settings of this process's terminal would change its output.
    private bool HasOutput => CommandGroup != 0 && !_hasEnded;

    /// <summary>Makes a terminal if a standard stream is one; null otherwise.</summary>
    /// <exception cref="IOException">The system has no terminal left.</exception>
    public static SudoTerminal? TryOpen()
    {
        bool[] isTerminal = [TerminalCalls.IsTerminal(0), TerminalCalls.IsTerminal(1), TerminalCalls.IsTerminal(2)];
        var number = Array.IndexOf(isTerminal, true);
        if (number < 0) return null;
        // Opened again, since the caller's own must not become one that does not wait.
        var outer = TerminalCalls.TryOpenAgain("/dev/tty") ?? TerminalCalls.TryOpenAgain($"/proc/self/fd/{number}");
        if (outer is null) return null;
        try
        {
            var (columns, rows) = TerminalCalls.GetSize(outer) ?? (0, 0);
            var inner = PseudoTerminal.Open(columns, rows, owner: null);
            TerminalCalls.CopySettings(outer, inner.Master);
            return new SudoTerminal(outer, inner, isTerminal);
        }
        catch
        {
            outer.Dispose();
            throw;
        }
    }

    /// <summary>Closes this process's end of what the command has as its streams.</summary>
    public void CloseStreams() => _inner.Slave.Dispose();

    /// <summary>Passes keys on from now on, if this process is in the foreground of its terminal.</summary>
    public void Show()
    {
        if (IsShown || TerminalCalls.GetForegroundGroup(_outer) is { } group && group != OwnSignals.GroupId) return;
        _former = TerminalCalls.TryMakeRaw(_outer);
        FollowSize();
    }

    /// <summary>Gives the terminal of this process its former settings.</summary>
    public void Hide()
    {
        if (_former is not null) TerminalCalls.Restore(_outer, _former);
        _former = null;
    }

    /// <summary>Gives the command's terminal the size of this process's.</summary>
    public void FollowSize()
    {
        if (TerminalCalls.GetSize(_outer) is { } size) TerminalCalls.SetSize(_inner.Master, size.Columns, size.Rows);
    }

    /// <summary>Says what to wait for: two descriptors.</summary>
    public void Fill(Span<PollDescriptor> descriptors)
    {
        descriptors[0] = !_keys.IsEmpty ? new PollDescriptor(Inner, LibC.PollOut) : new PollDescriptor(IsShown && !_hasNoKeys ? Outer : -1);
        descriptors[1] = !_output.IsEmpty ? new PollDescriptor(Outer, LibC.PollOut) : new PollDescriptor(HasOutput ? Inner : -1);
    }

    /// <summary>Passes on what there is.</summary>
    /// <param name="suspends">Whether the byte was typed that suspends a command in the foreground. It is not passed on.</param>
    public void Pump(out bool suspends)
    {
        suspends = false;
        if (!_keys.IsEmpty) _keys.Write(Inner);
        else if (IsShown && !_hasNoKeys)
        {
            _hasNoKeys = !_keys.TryRead(Outer);
            suspends = TakeSuspension();
        }

        if (!_output.IsEmpty) _output.Write(Outer);
        else if (HasOutput) _hasEnded = !_output.TryRead(Inner);
    }

    /// <summary>Passes on the last output of a command that has ended.</summary>
    public void Finish()
    {
        _hasNoKeys = true;
        _keys.Clear();
        while (HasOutput || !_output.IsEmpty)
        {
            var isWaiting = _output.IsEmpty;
            var descriptor = isWaiting ? new PollDescriptor(Inner) : new PollDescriptor(Outer, LibC.PollOut);
            if (LibC.Poll([descriptor], isWaiting ? GraceMilliseconds : -1) == 0 && isWaiting) return;
            Pump(out _);
        }
    }

    /// <summary>Gives the terminal back, and closes the command's one.</summary>
    public void Dispose()
    {
        Hide();
        _inner.Dispose();
        _outer.Dispose();
    }

    // The system would stop nothing: all parents of the command's process group are in other sessions. A shell in the command has
    // groups of its own, for which the byte is passed on.
    private bool TakeSuspension() =>
        TerminalCalls.GetSuspendByte(_inner.Master) is { } suspend
        && TerminalCalls.GetForegroundGroup(_inner.Master) == CommandGroup
        && _keys.Remove(suspend);
}
