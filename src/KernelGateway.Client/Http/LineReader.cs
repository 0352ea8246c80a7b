using System.Buffers;
using System.IO.Pipelines;

namespace KernelGateway.Client.Http;

/// <summary>Reads a stream line by line. A line without its end is not a line: the connection was lost in it.</summary>
/// <param name="stream">The stream, which is disposed with the reader.</param>
internal sealed class LineReader(Stream stream) : IAsyncDisposable
{
    private readonly PipeReader _pipe = PipeReader.Create(stream);
    private long _searched;

    /// <summary>Reads the next line without its end; null when the stream has ended.</summary>
    /// <returns>The line, in memory of its own.</returns>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await _pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;

            // What was searched before is not searched again, so that a line of many megabytes costs no square of its length.
            var unsearched = buffer.Slice(_searched);
            if (unsearched.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end).ToArray();
                _pipe.AdvanceTo(buffer.GetPosition(1, end));
                _searched = 0;
                return line;
            }

            if (result.IsCompleted) return null;
            _searched = buffer.Length;
            _pipe.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _pipe.CompleteAsync().ConfigureAwait(false);
        await stream.DisposeAsync().ConfigureAwait(false);
    }
}
