using System.Buffers;
using System.Buffers.Text;
using System.Text;
using KernelGateway.AspNetCore.Requests;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>The bytes of a content that a client saves, decoded while they are read.</summary>
internal sealed class SavedText : ReadOnlyStream
{
    private const int StepCharacters = 16 * 1024;

    // Python's decoder skips all other characters.
    private static readonly SearchValues<char> Base64Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    private readonly string _text;
    private readonly Encoder? _encoder;
    private readonly byte[] _part = new byte[StepCharacters * 3];
    private readonly byte[] _group = new byte[4];
    private int _groupLength;
    private int _next;       // the first character of the text that is not decoded
    private int _start;      // of the decoded bytes that are not read
    private int _end;

    private SavedText(string text, Encoder? encoder)
    {
        _text = text;
        _encoder = encoder;
    }

    /// <summary>Creates the stream. Reading it throws <see cref="ContentsException"/> if the text cannot be decoded.</summary>
    /// <param name="content">The content in a client's model.</param>
    /// <param name="format">The form in the client's model: <c>text</c> or <c>base64</c>.</param>
    /// <exception cref="ContentsException">The form is another one.</exception>
    public static SavedText Create(string content, string? format) => format switch
    {
        "text" => new SavedText(content, new UTF8Encoding(false, throwOnInvalidBytes: true).GetEncoder()),
        "base64" => new SavedText(content, encoder: null),
        _ => throw ContentsException.BadRequest("Must specify format of file contents as 'text' or 'base64'"),
    };

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override int Read(Span<byte> buffer)
    {
        while (_start == _end)
        {
            if (_next == _text.Length) return 0;
            _start = 0;
            _end = _encoder is null ? DecodeBase64() : EncodeText(_encoder);
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _part.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    private ReadOnlySpan<char> TakeCharacters()
    {
        var characters = _text.AsSpan(_next, Math.Min(StepCharacters, _text.Length - _next));
        _next += characters.Length;
        return characters;
    }

    private int EncodeText(Encoder encoder)
    {
        try
        {
            var characters = TakeCharacters();
            return encoder.GetBytes(characters, _part, flush: _next == _text.Length);
        }
        catch (EncoderFallbackException)
        {
            throw ContentsException.BadRequest("Encoding error saving: the text contains half a surrogate pair.");
        }
    }

    private int DecodeBase64()
    {
        var length = 0;
        foreach (var character in TakeCharacters())
        {
            if (!Base64Characters.Contains(character)) continue;
            _group[_groupLength++] = (byte)character;
            if (_groupLength < _group.Length) continue;
            _groupLength = 0;
            if (Base64.DecodeFromUtf8(_group, _part.AsSpan(length), out _, out var written) != OperationStatus.Done) throw BadPadding();
            length += written;

            // As in Python, what follows the padding is not read.
            if (character == '=') _next = _text.Length;
            if (character == '=') break;
        }

        return _next == _text.Length && _groupLength > 0 ? throw BadPadding() : length;
    }

    private static ContentsException BadPadding() => ContentsException.BadRequest("Encoding error saving: incorrect padding of Base64");
}
