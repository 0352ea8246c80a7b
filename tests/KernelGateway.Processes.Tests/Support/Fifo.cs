using System.Runtime.InteropServices;

namespace KernelGateway.Processes.Tests.Support;

/// <summary>A named pipe through which a process reports its progress to the test: <c>echo ready &gt; "$FIFO"</c>.</summary>
internal sealed class Fifo : IDisposable
{
    private readonly FileStream _stream;
    private readonly StreamReader _reader;

    public Fifo(string path)
    {
        Path = path;
        if (MakeFifo(path, 0x180) != 0) throw new IOException($"mkfifo failed: {Marshal.GetLastPInvokeErrorMessage()}");
        // Opened for reading and writing, so that the open does not wait for a writer and reads do not end with the first writer.
        _stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        _reader = new StreamReader(_stream);
    }

    public string Path { get; }

    public async Task<string> ReadLineAsync(CancellationToken cancellationToken) =>
        (await Task.Run(() => _reader.ReadLine(), CancellationToken.None).WaitAsync(cancellationToken))!;

    public async Task<string[]> ReadLinesAsync(int count, CancellationToken cancellationToken)
    {
        var lines = new string[count];
        for (var i = 0; i < count; i++) lines[i] = await ReadLineAsync(cancellationToken);
        return lines;
    }

    public async Task WriteLineAsync(string line, CancellationToken cancellationToken) =>
        await _stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);

    public void Dispose()
    {
        // Ends a read that a failed test has left pending.
        _stream.Write("\n"u8);
        _stream.Dispose();
    }

    [DllImport("libc", EntryPoint = "mkfifo", SetLastError = true)]
    private static extern int MakeFifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);
}
