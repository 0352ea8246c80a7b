using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using KernelGateway.SandboxServices.Files;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>The content of an open file as a JSON string.</summary>
/// <remarks>
/// The form of the content has to be known before it is sent. So a file is read twice, with one buffer, and is never in memory as a whole.
/// </remarks>
internal static class FileText
{
    // 57 bytes are the 76 characters of a line, as in Python's encodebytes.
    private const int LineBytes = 57;
    private const int LineCharacters = 76;
    private const int BufferBytes = LineBytes * 1024;

    // A character becomes six at most.
    private const int EscapedBytes = 16 * 1024;

    /// <summary>Finds out whether the file is UTF-8.</summary>
    /// <param name="file">The file.</param>
    /// <param name="hash">Gets the content; null for nothing.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="SandboxFileException">The file cannot be read.</exception>
    public static async Task<bool> IsTextAsync(FileContent file, IncrementalHash? hash, CancellationToken cancellationToken)
    {
        var isText = true;
        await ReadAsync(
            file,
            (part, isLast) =>
            {
                var length = isLast ? part.Length : LengthOfWholeCharacters(part.Span);
                isText = isText && Utf8.IsValid(part.Span[..length]);
                hash?.AppendData(part.Span[..length]);
                return new ValueTask<int>(length);
            },
            cancellationToken);
        return isText;
    }

    /// <summary>Writes a file that is UTF-8 as a JSON string.</summary>
    /// <exception cref="SandboxFileException">The file cannot be read.</exception>
    public static async Task WriteTextAsync(FileContent file, PipeWriter output, CancellationToken cancellationToken)
    {
        output.Write("\""u8);
        await ReadAsync(
            file,
            async (part, isLast) =>
            {
                var used = 0;
                while (true)
                {
                    var status = Escape(part.Span[used..], output, isLast, out var consumed);
                    used += consumed;
                    await ModelWriter.FlushIfLongAsync(output, cancellationToken);
                    if (status != OperationStatus.DestinationTooSmall) return used;
                }
            },
            cancellationToken);
        output.Write("\""u8);
    }

    /// <summary>Writes a file in Base64, with a line break after each 76 characters, as a JSON string.</summary>
    /// <exception cref="SandboxFileException">The file cannot be read.</exception>
    public static async Task WriteBase64Async(FileContent file, PipeWriter output, CancellationToken cancellationToken)
    {
        output.Write("\""u8);
        await ReadAsync(
            file,
            async (part, isLast) =>
            {
                var length = isLast ? part.Length : part.Length / LineBytes * LineBytes;
                WriteLines(part.Span[..length], output);
                await ModelWriter.FlushIfLongAsync(output, cancellationToken);
                return length;
            },
            cancellationToken);
        output.Write("\""u8);
    }

    // Reads the file to its end. The callback gets all bytes that it has not used yet.
    private static async Task ReadAsync(
        FileContent file, Func<ReadOnlyMemory<byte>, bool, ValueTask<int>> use, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using var content = file.OpenStream();
            var length = 0;
            while (true)
            {
                var wanted = BufferBytes - length;
                var read = await content.ReadAtLeastAsync(buffer.AsMemory(length, wanted), wanted, throwOnEndOfStream: false, cancellationToken);
                length += read;
                var isLast = read < wanted;
                var used = await use(buffer.AsMemory(0, length), isLast);
                if (isLast) return;
                length -= used;
                buffer.AsSpan(used, length).CopyTo(buffer);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static OperationStatus Escape(ReadOnlySpan<byte> text, PipeWriter output, bool isLast, out int consumed)
    {
        var status = JavaScriptEncoder.UnsafeRelaxedJsonEscaping.EncodeUtf8(
            text, output.GetSpan(EscapedBytes), out consumed, out var written, isLast);
        output.Advance(written);
        return status;
    }

    private static void WriteLines(ReadOnlySpan<byte> bytes, PipeWriter output)
    {
        while (!bytes.IsEmpty)
        {
            var line = bytes[..Math.Min(LineBytes, bytes.Length)];
            Base64.EncodeToUtf8(line, output.GetSpan(LineCharacters), out _, out var written);
            output.Advance(written);
            output.Write("\\n"u8);
            bytes = bytes[line.Length..];
        }
    }

    // Without the beginning of a character whose rest is not read yet.
    private static int LengthOfWholeCharacters(ReadOnlySpan<byte> text)
    {
        for (var back = 1; back <= Math.Min(3, text.Length); back++)
        {
            var value = text[^back];
            if (value < 0x80) break;
            if (value < 0xC0) continue;
            var needed = value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : 2;
            return back < needed ? text.Length - back : text.Length;
        }

        return text.Length;
    }
}
