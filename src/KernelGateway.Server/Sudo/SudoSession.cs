using KernelGateway.Processes.Native;
using KernelGateway.SandboxServices.Sudo;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Server.Sudo;

/// <summary>Follows a command that the service runs for this process, as if it were a child.</summary>
/// <param name="socket">The connection to the service.</param>
/// <param name="signals">The signals that this process gets.</param>
/// <param name="terminal">The terminal of the command; null for none.</param>
internal sealed class SudoSession(SafeFileHandle socket, SignalQueue signals, SudoTerminal? terminal)
{
    // What shells do with a signal that ended a command.
    private const int SignalBase = ExitCodes.SignalBase;

    private readonly byte[] _buffer = new byte[SudoMessage.MaxBytes];
    private int _length;
    private bool _isTyped;                         // Whether the suspension that was asked for was typed.
    private bool _hasStoppedGroup;                 // Whether the next SIGTSTP comes from this process itself.

    private int Socket => (int)socket.DangerousGetHandle();

    /// <summary>Sends the request with the streams of the command.</summary>
    public void Send(ReadOnlySpan<byte> request, ReadOnlySpan<int> descriptors)
    {
        while (!request.IsEmpty)
        {
            var count = DescriptorSocket.Send(Socket, request, descriptors);
            // A service that refuses the request without reading it has sent the reason.
            if (count < 0) break;
            descriptors = [];
            request = request[count..];
        }

        terminal?.CloseStreams();
    }

    /// <summary>Stays until the command has ended; returns its exit code, or ends this process as it was ended.</summary>
    /// <exception cref="SudoRefusedException">Nothing was run, or the service has ended.</exception>
    public int Run()
    {
        Span<PollDescriptor> descriptors = stackalloc PollDescriptor[4];
        while (true)
        {
            descriptors[0] = new PollDescriptor(Socket);
            descriptors[1] = new PollDescriptor(signals.Descriptor);
            descriptors[2] = descriptors[3] = new PollDescriptor(-1);
            terminal?.Fill(descriptors[2..]);
            if (LibC.Poll(descriptors, timeoutMilliseconds: -1) < 0) throw new IOException("waiting for the command is not possible");
            while (signals.Take() is > 0 and var signal) OnSignal(signal);
            if (terminal is not null)
            {
                terminal.Pump(out var suspends);
                if (suspends) Suspend(isTyped: true);
            }

            if (descriptors[0].ReturnedEvents != 0 && Receive() is { } code) return code;
        }
    }

    private void OnSignal(int signal)
    {
        switch (signal)
        {
            case Signals.WindowChange when terminal is not null:
                terminal.FollowSize();
                break;
            case Signals.TerminalStop when _hasStoppedGroup:
                _hasStoppedGroup = false;
                break;
            case Signals.TerminalStop:
                Suspend(isTyped: false);
                break;
            case Signals.Continue:
                terminal?.Show();
                SendSignal(Signals.Continue);
                break;
            default:
                SendSignal(signal);
                break;
        }
    }

    private void Suspend(bool isTyped)
    {
        _isTyped = isTyped;
        SendSignal(Signals.TerminalStop);
    }

    private void SendSignal(int signal) =>
        _ = DescriptorSocket.Send(Socket, SudoMessage.Write(SudoMessageKind.Signal, (byte)signal), []);

    private int? Receive()
    {
        if (DescriptorSocket.Receive(Socket, _buffer.AsSpan(_length), received: null, out _) is not { } count) return null;
        if (count == 0) throw new SudoRefusedException("the service of this sandbox has ended");
        _length += count;
        ReadOnlyMemory<byte> bytes = _buffer.AsMemory(0, _length);
        int? code = null;
        while (code is null && SudoMessage.TryRead(ref bytes, out var message)) code = OnMessage(message);
        bytes.CopyTo(_buffer);
        _length = bytes.Length;
        return code;
    }

    /// <summary>Returns the exit code when the message is the last one.</summary>
    private int? OnMessage(SudoMessage message)
    {
        switch (message.Kind)
        {
            case SudoMessageKind.Started:
                if (terminal is null) return null;
                terminal.CommandGroup = message.Number;
                terminal.Show();
                return null;
            case SudoMessageKind.Stopped:
                StopAsCommand();
                return null;
            case SudoMessageKind.Exited:
                Finish();
                return message.Number;
            case SudoMessageKind.Killed:
                Finish();
                OwnSignals.EndBy(message.Number);
                return SignalBase + message.Number;
            case SudoMessageKind.Answered:
                StandardOutput.Write(StandardOutput.Output, message.Text);
                return ExitCodes.Success;
            case SudoMessageKind.Refused:
                throw new SudoRefusedException(message.Text);
            default:
                throw new SudoRefusedException("the service of this sandbox has sent something unknown");
        }
    }

    private void StopAsCommand()
    {
        terminal?.Hide();
        if (_isTyped)
        {
            // As the terminal would do: the other programs of the job are stopped too.
            _hasStoppedGroup = true;
            LibC.SignalGroup(OwnSignals.GroupId, Signals.TerminalStop);
        }

        // It returns after SIGCONT, which is in the queue then.
        OwnSignals.Stop();
    }

    private void Finish()
    {
        terminal?.Finish();
        terminal?.Hide();
    }
}
