using System.IO.Pipes;
using System.Runtime.InteropServices;
using KernelGateway.Processes.Native;

namespace KernelGateway.Processes.Monitoring;

/// <summary>This process's end of the pipe of another's standard output or standard error, or the master of its terminal.</summary>
/// <remarks>
/// On Linux a kernel's end is opened for reading as well, so that the pipe outlives the gateway: a kernel that writes after a
/// crash gets neither SIGPIPE nor an error, and a gateway that adopts the kernel opens the pipe again.
/// </remarks>
internal sealed class OutputPipe : IDisposable
{
    private const int TailBytes = 8 * 1024;

    private readonly SafeHandle _readEnd;

    // An object that is disposed with the read end. Without a reference its finalizer would close the read end too early.
    private readonly IDisposable? _owner;

    private readonly IOutputSink _sink;

    private OutputPipe(SafeHandle readEnd, IDisposable? owner, IOutputSink sink)
    {
        _owner = owner;
        _sink = sink;
        _readEnd = readEnd;
        // The process may read from its own end: if this read blocked, the output of all processes would stop.
        LibC.SetNonBlocking((int)readEnd.DangerousGetHandle());
    }

    /// <summary>The last part of the output if that is all that is kept. It is there also when the pipe is disposed.</summary>
    internal TailBuffer? Tail => _sink as TailBuffer;

    /// <summary>What the monitor polls: -1 while nothing is to be read.</summary>
    internal int PolledDescriptor => _sink.IsFull ? -1 : Descriptor;

    // Valid until Dispose, which only the thread that polls it calls once it is watched.
    private int Descriptor => (int)_readEnd.DangerousGetHandle();

    /// <summary>
    /// Creates the pipe of a kernel, of which the last part is kept. The caller closes the kernel's end once the kernel has it.
    /// </summary>
    internal static OutputPipe Create(out SafeHandle kernelEnd)
    {
        var stream = CreateStream();
        var writeEnd = stream.ClientSafePipeHandle;
        var readWriteEnd = LibC.OpenPipeEnd($"/proc/self/fd/{writeEnd.DangerousGetHandle()}", forReadingOnly: false);
        if (readWriteEnd is not null) writeEnd.Dispose();
        kernelEnd = AboveStandardStreams((SafeHandle?)readWriteEnd ?? writeEnd);
        return new OutputPipe(stream.SafePipeHandle, stream, new TailBuffer(TailBytes));
    }

    /// <summary>Creates a pipe. The caller closes the end of the process once the process has it.</summary>
    internal static OutputPipe Create(IOutputSink sink, out SafeHandle processEnd)
    {
        var stream = CreateStream();
        processEnd = AboveStandardStreams(stream.ClientSafePipeHandle);
        return new OutputPipe(stream.SafePipeHandle, stream, sink);
    }

    /// <summary>Reads from a terminal, whose master belongs to this object from here on.</summary>
    internal static OutputPipe Create(IOutputSink sink, PseudoTerminal terminal) => new(terminal.Master, owner: null, sink);

    /// <summary>Moves a descriptor of a child above those of the standard streams.</summary>
    /// <remarks>
    /// A process that was started with closed standard streams finds their descriptors free. The child's streams are put on the
    /// same numbers, one after another, and would overwrite these descriptors.
    /// </remarks>
    internal static SafeHandle AboveStandardStreams(SafeHandle end)
    {
        var descriptor = (int)end.DangerousGetHandle();
        if (descriptor > 2 || !OperatingSystem.IsLinux()) return end;
        using (end) return LibC.DuplicateAboveStandardStreams(descriptor);
    }

    /// <summary>
    /// Opens the pipe behind a running process's descriptor again; null when that is not a pipe or may not be opened.
    /// </summary>
    internal static OutputPipe? Reopen(int processId, int descriptor)
    {
        var path = $"/proc/{processId}/fd/{descriptor}";
        try
        {
            if (new FileInfo(path).LinkTarget?.StartsWith("pipe:", StringComparison.Ordinal) != true) return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return LibC.OpenExistingPipe(path) is { } readEnd ? new OutputPipe(readEnd, owner: null, new TailBuffer(TailBytes)) : null;
    }

    /// <summary>Reads once from a pipe that polled ready.</summary>
    /// <returns>False at the end: no process has the other end any more.</returns>
    internal bool Pump(Span<byte> buffer)
    {
        if (_sink.IsFull) return true;
        var count = LibC.Read(Descriptor, buffer);
        if (count > 0) _sink.Append(buffer[..count]);
        return count != 0;
    }

    /// <summary>Reads the bytes in the pipe, and no more than a pipe can hold: a child may continue to fill it.</summary>
    /// <returns>False at the end, as <see cref="Pump"/>.</returns>
    internal bool Drain(Span<byte> buffer)
    {
        const int LargestPipeBytes = 1024 * 1024;
        for (var drained = 0; drained < LargestPipeBytes;)
        {
            Span<PollDescriptor> descriptor = [new PollDescriptor(Descriptor)];
            if (LibC.Poll(descriptor, timeoutMilliseconds: 0) == 0) return true;
            var count = LibC.Read(Descriptor, buffer);
            if (count <= 0) return count != 0;
            _sink.Append(buffer[..count]);
            drained += count;
        }

        return true;
    }

    public void Dispose()
    {
        _readEnd.Dispose();
        _owner?.Dispose();
        _sink.Complete();
    }

    // Both ends are close-on-exec from the start. The stream object is not used, because it would read with its own task.
    private static AnonymousPipeServerStream CreateStream() => new(PipeDirection.In, HandleInheritability.None);
}
