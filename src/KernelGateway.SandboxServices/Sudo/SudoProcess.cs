using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using KernelGateway.SandboxServices.Processes;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Sudo;

/// <summary>A command that was started for a program, which sends it signals and learns about its end.</summary>
internal sealed partial class SudoProcess
{
    private readonly ProgramStart _start;
    private readonly StartedProgram _started;
    private readonly CommandLimits? _limits;

    private SudoProcess(ProgramStart start, StartedProgram started, CommandLimits? limits)
    {
        _start = start;
        _started = started;
        _limits = limits;
    }

    private MonitoredProcess Monitored => _started.Monitored;

    /// <summary>Starts it.</summary>
    /// <param name="start">The program.</param>
    /// <param name="descriptors">Its standard streams, which stay the caller's.</param>
    /// <param name="hasTerminal">Whether one of these is the terminal that becomes its controlling terminal.</param>
    /// <param name="limits">Its limits; null for none.</param>
    /// <exception cref="SudoRefusedException">No descriptor is a terminal of this machine.</exception>
    /// <exception cref="SandboxProcessException">The system refused.</exception>
    internal static SudoProcess Start(
        ProgramStart start, IReadOnlyList<SafeFileHandle> descriptors, bool hasTerminal, CommandLimits? limits)
    {
        var terminal = hasTerminal ? FindTerminal(start, descriptors) : null;
        var streams = new StartStreams(descriptors[0], descriptors[1], descriptors[2], terminal);
        try
        {
            return new SudoProcess(start, start.Spawn(streams, limits, ProcessMonitor.Shared, MonitoredProcess.ForDetachedChild), limits);
        }
        catch (IOException exception)
        {
            throw start.RefusedNow(exception);
        }
    }

    /// <summary>Follows it to its end, and kills it when the program has gone.</summary>
    /// <param name="socket">The connection to the program.</param>
    /// <param name="stopping">Kills it.</param>
    /// <exception cref="OperationCanceledException">The program has gone, or the token was cancelled. The command has ended.</exception>
    internal async Task<ProcessExit> FollowAsync(Socket socket, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var receiving = ReceiveAsync(socket, ended.Token);
        try
        {
            // Receiving ends without a failure when the program has gone.
            var isGone = await Task.WhenAny(Monitored.Exited, receiving).ConfigureAwait(false) == receiving;
            if (isGone) Kill();
            var exit = await Monitored.Exited.ConfigureAwait(false);
            return isGone ? throw new OperationCanceledException("The program has gone.") : exit;
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await receiving.ConfigureAwait(false);
            await ProcessMonitor.Shared.LeaveAsync(Monitored).ConfigureAwait(false);
            if (_started.Group is { } group) _limits?.Release(group);
        }
    }

    internal void Log(ILogger logger, string caller) =>
        LogStarted(logger, caller, _start.Program, Monitored.ProcessId, _start.User.Name);

    // A terminal that the program has made. The command opens it by its name, as its controlling terminal.
    private static string FindTerminal(ProgramStart start, IEnumerable<SafeFileHandle> descriptors)
    {
        foreach (var descriptor in descriptors)
        {
            var number = ((int)descriptor.DangerousGetHandle()).ToString(CultureInfo.InvariantCulture);
            if (new FileInfo($"/proc/self/fd/{number}").LinkTarget is not { } path || !TerminalPath().IsMatch(path)) continue;
            LibC.ChangeOwner(descriptor, start.User.UserId, start.User.GroupId);
            return path;
        }

        throw new SudoRefusedException("the request has no terminal");
    }

    private async Task ReceiveAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[SudoMessage.HeaderBytes + 1];
        var length = 0;
        try
        {
            await SendAsync(SudoMessage.WriteStarted(Monitored.ProcessId)).ConfigureAwait(false);
            while (true)
            {
                var count = await socket.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, cancellationToken).ConfigureAwait(false);
                if (count == 0) return;
                length += count;
                ReadOnlyMemory<byte> bytes = buffer.AsMemory(0, length);
                if (!SudoMessage.TryRead(ref bytes, out var message))
                {
                    // A program that sends something else is treated as gone.
                    if (length == buffer.Length) return;
                    continue;
                }

                if (message is not { Kind: SudoMessageKind.Signal, Number: >= 1 and <= 64 }) return;
                if (Signal(message.Number)) await SendAsync(SudoMessage.Write(SudoMessageKind.Stopped)).ConfigureAwait(false);
                bytes.CopyTo(buffer);
                length = bytes.Length;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // It has gone, or the command has ended.
        }

        async Task SendAsync(byte[] message) =>
            await socket.SendAsync(message, SocketFlags.None, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a signal to the process group of the command. Returns whether the command was stopped.</summary>
    private bool Signal(int number)
    {
        if (number != Signals.TerminalStop)
        {
            Monitored.Signal(number);
            return false;
        }

        // The system stops no group by SIGTSTP whose parents are in other sessions, and this service is in another one.
        if (SignalActions.Read(Monitored.ProcessId, Signals.TerminalStop) != SignalAction.Default)
        {
            Monitored.Signal(Signals.TerminalStop);
            return false;
        }

        return Monitored.Signal(Signals.Stop);
    }

    private void Kill()
    {
        Monitored.Signal(Signals.Kill);
        SessionMembers.Kill(new Dictionary<int, long> { [Monitored.ProcessId] = _started.StartTicks });
    }

    [GeneratedRegex(@"\A/dev/pts/[0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex TerminalPath();

    [LoggerMessage(6404, LogLevel.Debug, "For user {User}, {Program} runs as process {ProcessId} of user {Target}.")]
    private static partial void LogStarted(ILogger logger, string user, string program, int processId, string target);
}
