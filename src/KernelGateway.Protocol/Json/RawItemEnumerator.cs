using System.Text.Json;

namespace KernelGateway.Protocol.Json;

/// <summary>Walks the items of one JSON array, in order, allocating nothing.</summary>
public ref struct RawItemEnumerator
{
    private readonly ReadOnlyMemory<byte> _json;
    private Utf8JsonReader _reader;
    private bool _isInside;

    internal RawItemEnumerator(ReadOnlyMemory<byte> json)
    {
        _json = json;
        var span = json.Span;
        if (span.IsEmpty) return;
        var start = JsonScanner.SkipBlanks(span, 0);
        if (start == span.Length || span[start] != '[')
        {
            // Other values have no items, but must be JSON. The escapes of a string are not checked, as everywhere in this
            // folder.
            JsonScanner.EndOfValue(span, start);
            return;
        }

        _reader = new Utf8JsonReader(span, JsonText.ReaderOptions);
        _isInside = _reader.Read();
    }

    /// <summary>Gets the current item.</summary>
    public RawJson Current { get; private set; }

    /// <summary>Moves to the next item.</summary>
    /// <returns>False after the last one.</returns>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    public bool MoveNext()
    {
        if (!_isInside) return false;
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndArray)
        {
            _isInside = false;
            return false;
        }

        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        Current = new RawJson(_json[start..(int)_reader.BytesConsumed]);
        return true;
    }

    /// <summary>Lets <c>foreach</c> use the enumerator directly.</summary>
    /// <returns>This enumerator.</returns>
    public readonly RawItemEnumerator GetEnumerator() => this;
}
