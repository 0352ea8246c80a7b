using System.Net.Sockets;
using KernelGateway.Processes.Native;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Users;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Sudo;

/// <summary>Serves the connections of a <see cref="SudoServer"/>: reads the request of each, and answers it.</summary>
/// <param name="limits">The limits of each command; null for none.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class SudoSessions(CommandLimits? limits, TimeProvider time, ILogger logger) : IDisposable
{
    // Requests are in memory while they are read.
    private const int MaxReading = 8;
    private const int BlockBytes = 64 * 1024;

    /// <summary>How long a request may take to come, and the last message to be read.</summary>
    private static readonly TimeSpan PeerLimit = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _reading = new(MaxReading);
    private readonly SandboxUser _serviceUser = SandboxUser.GetCurrent();

    private static string SearchPath =>
        Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path ? path : ProcessPlan.DefaultSearchPath;

    /// <summary>Tells a program that nothing is done for it, without waiting for room.</summary>
    internal static void Refuse(Socket socket, string reason)
    {
        try
        {
            socket.Blocking = false;
            socket.Send(SudoMessage.Write(SudoMessageKind.Refused, reason));
        }
        catch (SocketException)
        {
            // It has gone.
        }
    }

    /// <summary>Serves one connection to its end.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="caller">Who is at its other end.</param>
    /// <param name="stopping">Kills the command.</param>
    internal async Task RunAsync(Socket socket, SudoCaller caller, CancellationToken stopping)
    {
        var descriptors = new List<SafeFileHandle>(DescriptorSocket.MaxDescriptors);
        byte[] answer;
        try
        {
            var request = await ReadAsync(socket, descriptors, stopping).ConfigureAwait(false);
            if (request is null) return;
            answer = await AnswerAsync(socket, request, caller, descriptors, stopping).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SudoRefusedException or SandboxProcessException)
        {
            answer = SudoMessage.Write(SudoMessageKind.Refused, exception.Message);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException)
        {
            // It has gone, or is too slow; or the service ends.
            return;
        }
        finally
        {
            Close(descriptors);
        }

        await SendLastAsync(socket, answer, stopping).ConfigureAwait(false);
    }

    public void Dispose() => _reading.Dispose();

    private async Task<byte[]> AnswerAsync(
        Socket socket, SudoRequest request, SudoCaller caller, List<SafeFileHandle> descriptors, CancellationToken stopping)
    {
        if (request.Action == SudoAction.Validate) return SudoMessage.Write(SudoMessageKind.Answered);
        if (request.Action == SudoAction.List)
            return SudoMessage.Write(SudoMessageKind.Answered, SudoStart.List(request, caller, SearchPath));
        var start = SudoStart.Create(request, caller, _serviceUser, SearchPath);
        var command = SudoProcess.Start(start, descriptors, request.HasTerminal, limits);
        // The command has them now: whoever reads the other end of a pipe waits for its end.
        Close(descriptors);
        command.Log(logger, caller.Name);
        var exit = await command.FollowAsync(socket, stopping).ConfigureAwait(false);
        return exit.Signal is { } signal
            ? SudoMessage.Write(SudoMessageKind.Killed, (byte)signal)
            : SudoMessage.Write(SudoMessageKind.Exited, (byte)(exit.ExitCode ?? 1));
    }

    /// <summary>Reads a request; null when the program has closed the connection instead.</summary>
    private async Task<SudoRequest?> ReadAsync(Socket socket, List<SafeFileHandle> descriptors, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(PeerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, limit.Token);
        await _reading.WaitAsync(either.Token).ConfigureAwait(false);
        try
        {
            var header = new byte[SudoRequest.HeaderBytes];
            var count = await ReceiveFirstAsync(socket, header, descriptors, either.Token).ConfigureAwait(false);
            if (count == 0) return null;
            await FillAsync(socket, header.AsMemory(count), either.Token).ConfigureAwait(false);
            var body = new byte[SudoRequest.ReadLength(header)];
            await FillAsync(socket, body, either.Token).ConfigureAwait(false);
            if (descriptors.Count != DescriptorSocket.MaxDescriptors)
                throw new SudoRefusedException($"the request came with {descriptors.Count} descriptors, not with {DescriptorSocket.MaxDescriptors}");
            return SudoRequest.Read(body);
        }
        finally
        {
            _reading.Release();
        }
    }

    private static async Task<int> ReceiveFirstAsync(
        Socket socket, byte[] buffer, List<SafeFileHandle> descriptors, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Without a buffer it waits until something can be received.
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            var count = DescriptorSocket.Receive((int)socket.Handle, buffer, descriptors, out var isComplete);
            if (!isComplete) throw new SudoRefusedException("the request came with too many descriptors");
            if (count is { } received) return received;
        }
    }

    // In blocks: no memory is used for what does not come.
    private static async Task FillAsync(Socket socket, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var block = buffer[..Math.Min(buffer.Length, BlockBytes)];
            var count = await socket.ReceiveAsync(block, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            if (count == 0) throw new IOException("The request has no end.");
            buffer = buffer[count..];
        }
    }

    private async Task SendLastAsync(Socket socket, byte[] message, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(PeerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, limit.Token);
        try
        {
            await socket.SendAsync(message, SocketFlags.None, either.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // It has gone, or reads nothing.
        }
    }

    private static void Close(List<SafeFileHandle> descriptors)
    {
        foreach (var descriptor in descriptors) descriptor.Dispose();
        descriptors.Clear();
    }
}
