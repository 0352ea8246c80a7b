using System.Buffers;
using System.Text;

namespace KernelGateway.SandboxServices.Files;

/// <summary>Converts between the bytes of paths and text.</summary>
/// <remarks>
/// A name in Linux is bytes. A byte that does not belong to UTF-8 becomes one character of the private use area: 0x80 becomes
/// U+EF80, 0xFF becomes U+EFFF (as in MirBSD's OPTU-16). These characters pass through JSON and URLs, where Python's lone
/// surrogates do not. A name that contains such a character in proper UTF-8 gets its three bytes escaped. So each name has one
/// text, and the text leads back to the name.
/// </remarks>
internal static class PathText
{
    private const int MaxPathBytes = 4095;                 // PATH_MAX without NUL
    private const char FirstEscape = '\uEF80';
    private const char LastEscape = '\uEFFF';
    private const int EscapeBase = 0xEF00;

    /// <summary>Gives the bytes of a path or name, with NUL at the end.</summary>
    /// <exception cref="SandboxFileException">It is not a possible path.</exception>
    internal static byte[] Encode(string text)
    {
        var bytes = new ArrayBufferWriter<byte>(text.Length + 1);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (rest[0] is >= FirstEscape and <= LastEscape)
            {
                bytes.GetSpan(1)[0] = (byte)(rest[0] & 0xFF);
                bytes.Advance(1);
                rest = rest[1..];
                continue;
            }

            if (rest[0] == 0) throw Invalid(text, "contains a NUL character");
            if (Rune.DecodeFromUtf16(rest, out var rune, out var consumed) != OperationStatus.Done)
                throw Invalid(text, "contains half a surrogate pair");
            bytes.Advance(rune.EncodeToUtf8(bytes.GetSpan(4)));
            rest = rest[consumed..];
        }

        if (bytes.WrittenCount > MaxPathBytes)
        {
            throw new SandboxFileException(
                FileErrorReason.PathTooLong,
                text,
                $"The path has {bytes.WrittenCount} bytes; the system allows {MaxPathBytes} bytes.");
        }

        bytes.Write("\0"u8);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Gives the text for the bytes of a path or name, with or without NUL at the end.</summary>
    internal static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty && bytes[^1] == 0) bytes = bytes[..^1];
        var text = new StringBuilder(bytes.Length);
        Span<char> characters = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            var isProper = Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) == OperationStatus.Done;
            if (isProper && rune.Value is < FirstEscape or > LastEscape)
            {
                text.Append(characters[..rune.EncodeToUtf16(characters)]);
            }
            else
            {
                foreach (var value in bytes[..consumed]) text.Append((char)(EscapeBase | value));
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    private static SandboxFileException Invalid(string path, string problem) =>
        new(FileErrorReason.InvalidPath, path.Replace("\0", "\\0", StringComparison.Ordinal), $"The path {problem}.");
}
