using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Memory;

/// <summary>A file that has no name once it is open, so that a crash of the gateway leaves nothing on the disk.</summary>
internal sealed class SpillFile : ISpillFile
{
    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;

    public SpillFile(string directory)
    {
        var path = Path.Combine(directory, $"kernel-gateway-journal-{Guid.NewGuid():N}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,

            // No buffer: a buffer that could not be written would be written again, and throw again, when the stream is disposed.
            BufferSize = 0,
            Options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new FileStream(path, options);
        _handle = _file.SafeFileHandle;
        if (!OperatingSystem.IsWindows()) File.Delete(path);
    }

    public void Write(ReadOnlySpan<byte> bytes, long position) => RandomAccess.Write(_handle, bytes, position);

    public int Read(Span<byte> bytes, long position) => RandomAccess.Read(_handle, bytes, position);

    public void Dispose() => _file.Dispose();
}
