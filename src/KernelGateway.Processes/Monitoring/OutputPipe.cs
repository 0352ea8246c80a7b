using System.IO.Pipes;
using System.Runtime.InteropServices;
using KernelGateway.Processes.Native;

namespace KernelGateway.Processes.Monitoring;

/// <summary>The gateway's end of the pipe of a kernel's standard output or standard error.</summary>
/// <remarks>
/// On Linux the kernel's end is opened for reading as well, so that the pipe outlives the gateway: a kernel that writes after a
/// crash gets neither SIGPIPE nor an error, and a gateway that adopts the kernel opens the pipe again.
/// </remarks>
internal sealed class OutputPipe : IDisposable
{
    private const int TailBytes = 8 * 1024;

    private readonly SafeHandle _readEnd;

    // An object that is disposed with the read end. Without a reference its finalizer would close the read end too early.
    private readonly IDisposable? _owner;

    private OutputPipe(SafeHandle readEnd, IDisposable? owner)
    {
        _owner = owner;
        _readEnd = readEnd;
        // The kernel's code may read from its own end: if the gateway's read blocked, the output of all kernels would stop.
        LibC.SetNonBlocking((int)readEnd.DangerousGetHandle());
    }

    /// <summary>The last part of the output. It is kept when the pipe is disposed.</summary>
    internal TailBuffer Tail { get; } = new(TailBytes);

    /// <summary>Valid until <see cref="Dispose"/>, which only the thread that polls it calls once it is watched.</summary>
    internal int Descriptor => (int)_readEnd.DangerousGetHandle();

    /// <summary>Creates a pipe. The caller closes the kernel's end once the kernel has it.</summary>
    internal static OutputPipe Create(out SafeHandle kernelEnd)
    {
        // Both ends are close-on-exec from the start. The stream object is not used, because it would read with its own task.
        var stream = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        var writeEnd = stream.ClientSafePipeHandle;
        var readWriteEnd = LibC.OpenPipeEnd($"/proc/self/fd/{writeEnd.DangerousGetHandle()}", forReadingOnly: false);
        if (readWriteEnd is not null) writeEnd.Dispose();
        kernelEnd = AboveStandardStreams((SafeHandle?)readWriteEnd ?? writeEnd);
        return new OutputPipe(stream.SafePipeHandle, stream);
    }

    // A gateway that was started with closed standard streams finds their descriptors free. The kernel's streams are put on the
    // same numbers, one after another, and would overwrite these descriptors.
    private static SafeHandle AboveStandardStreams(SafeHandle end)
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

        return LibC.OpenExistingPipe(path) is { } readEnd ? new OutputPipe(readEnd, owner: null) : null;
    }

    /// <summary>Reads once from a pipe that polled ready.</summary>
    /// <returns>False at the end: no process has the other end any more.</returns>
    internal bool Pump(Span<byte> buffer)
    {
        var count = LibC.Read(Descriptor, buffer);
        if (count > 0) Tail.Append(buffer[..count]);
        return count != 0;
    }

    /// <summary>Reads the bytes in the pipe, and no more than a pipe can hold: a child may continue to fill it.</summary>
    internal void Drain(Span<byte> buffer)
    {
        const int LargestPipeBytes = 1024 * 1024;
        for (var drained = 0; drained < LargestPipeBytes;)
        {
            Span<PollDescriptor> descriptor = [new PollDescriptor(Descriptor)];
            if (LibC.Poll(descriptor, timeoutMilliseconds: 0) == 0) return;
            var count = LibC.Read(Descriptor, buffer);
            if (count <= 0) return;
            Tail.Append(buffer[..count]);
            drained += count;
        }
    }

    public void Dispose()
    {
        _readEnd.Dispose();
        _owner?.Dispose();
    }
}
