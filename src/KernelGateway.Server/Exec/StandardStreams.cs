using System.Runtime.InteropServices;
using KernelGateway.Processes.Native;
using KernelGateway.Server.Remote;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Server.Exec;

/// <summary>The standard streams of this process as bytes.</summary>
/// <remarks>
/// The console of .NET hides that nobody reads the output any more, and edits lines that are read from a terminal. Streams of
/// files have a position of their own, so that output and errors in one file would overwrite each other. On Windows the
/// console is used.
/// </remarks>
internal static class StandardStreams
{
    public const int Input = 0;
    public const int Output = 1;
    public const int Error = 2;

    private const int TryAgain = 11;               // EAGAIN: the descriptor is shared with a program that made it non-blocking
    private const int WaitForever = -1;

    private static readonly Lazy<Stream> ConsoleInput = new(Console.OpenStandardInput);
    private static readonly Lazy<Stream> ConsoleOutput = new(Console.OpenStandardOutput);
    private static readonly Lazy<Stream> ConsoleError = new(Console.OpenStandardError);

    /// <summary>Gets the descriptor as a handle that does not close it.</summary>
    public static SafeFileHandle GetHandle(int descriptor) => new(descriptor, ownsHandle: false);

    /// <summary>Passes the standard input on to a process until it ends, or until the process does.</summary>
    /// <param name="process">The process.</param>
    /// <param name="blockBytes">How much is read at once at the most.</param>
    /// <param name="closesAtEnd">Whether the input of the process ends with this one.</param>
    /// <param name="cancellationToken">Cancelled when the command is ending.</param>
    public static async Task PassInputAsync(RemoteProcess process, int blockBytes, bool closesAtEnd, CancellationToken cancellationToken)
    {
        try
        {
            var block = new byte[blockBytes];
            while (Read(block) is var count and > 0)
                if (!await process.TryWriteInputAsync(block.AsMemory(0, count), cancellationToken)) return;
            if (closesAtEnd) await process.CloseInputAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The command is ending.
        }
    }

    /// <summary>Waits for bytes of the standard input and reads them; zero at its end.</summary>
    public static int Read(Span<byte> buffer)
    {
        if (OperatingSystem.IsWindows()) return ConsoleInput.Value.Read(buffer);
        while (true)
        {
            var count = LibC.Read(Input, buffer);
            if (count >= 0) return count;
            if (Marshal.GetLastPInvokeError() != TryAgain) return 0;
            Wait(Input, LibC.PollIn);
        }
    }

    /// <summary>Writes all bytes to the standard output or error.</summary>
    /// <returns>False when nobody can read them.</returns>
    public static bool TryWrite(int descriptor, ReadOnlySpan<byte> bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            (descriptor == Error ? ConsoleError : ConsoleOutput).Value.Write(bytes);
            return true;
        }

        while (!bytes.IsEmpty)
        {
            var count = LibC.Write(descriptor, bytes);
            if (count >= 0) bytes = bytes[count..];
            else if (count == LibC.NoRoom) Wait(descriptor, LibC.PollOut);
            else return false;
        }

        return true;
    }

    private static void Wait(int descriptor, short events) => LibC.Poll([new PollDescriptor(descriptor, events)], WaitForever);
}
