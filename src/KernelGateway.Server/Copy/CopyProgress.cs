using System.Globalization;

namespace KernelGateway.Server.Copy;

/// <summary>Tells how far the copy of a large file is, in one line of a terminal.</summary>
/// <param name="terminal">Where it is told; null for nowhere.</param>
/// <param name="time">The clock.</param>
internal sealed class CopyProgress(TextWriter? terminal, TimeProvider time)
{
    private const int Mebibyte = 1024 * 1024;

    // A smaller file is copied before the line can be read.
    private const long LargeBytes = 16 * Mebibyte;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private string _name = "";
    private long? _total;
    private long _copied;
    private long _lastShown;
    private bool _isShown;

    /// <summary>Begins with a file, whose length may not be known.</summary>
    public void Begin(string name, long? total)
    {
        (_name, _total, _copied, _isShown) = (name, total, 0, false);
    }

    /// <summary>Counts copied bytes.</summary>
    public void Add(int bytes)
    {
        _copied += bytes;
        if (terminal is null || Math.Max(_copied, _total ?? 0) < LargeBytes) return;
        if (_isShown && time.GetElapsedTime(_lastShown) < Interval) return;
        Show();
    }

    /// <summary>Ends with the file: the last line stays.</summary>
    public void End()
    {
        if (!_isShown) return;
        Show();
        terminal!.WriteLine();
        terminal.Flush();
        _isShown = false;
    }

    /// <summary>
    /// Wraps a stream whose bytes are counted while they are read. It ends at the total: a file can grow while it is copied.
    /// </summary>
    public Stream Count(Stream source) => new CountingStream(source, this);

    private int Clip(int count) => _total is { } total ? (int)Math.Min(count, total - _copied) : count;

    private void Show()
    {
        _isShown = true;
        _lastShown = time.GetTimestamp();
        var copied = InMebibytes(_copied);
        var text = _total is { } total and > 0
            ? $"{copied} of {InMebibytes(total)} MiB, {_copied * 100 / total} %"
            : $"{copied} MiB";

        // Back to the beginning of the line, whose rest is erased.
        terminal!.Write($"\r\e[K{_name}: {text}");
        terminal.Flush();
    }

    private static string InMebibytes(long bytes) => ((double)bytes / Mebibyte).ToString("0.0", CultureInfo.InvariantCulture);

    private sealed class CountingStream(Stream source, CopyProgress progress) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await source.ReadAsync(buffer[..progress.Clip(buffer.Length)], cancellationToken);
            progress.Add(count);
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = source.Read(buffer, offset, progress.Clip(count));
            progress.Add(read);
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
