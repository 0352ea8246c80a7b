using System.Text.Json;

namespace KernelGateway.Protocol.Json;

/// <summary>Walks the properties of one JSON object, in order, allocating nothing.</summary>
public ref struct RawPropertyEnumerator
{
    private readonly ReadOnlyMemory<byte> _json;
    private Utf8JsonReader _reader;
    private bool _isInside;

    internal RawPropertyEnumerator(ReadOnlyMemory<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json.Span, JsonText.ReaderOptions);
        _isInside = !json.IsEmpty && _reader.Read() && _reader.TokenType == JsonTokenType.StartObject;
    }

    /// <summary>Gets the property the enumerator stands on.</summary>
    public RawProperty Current { get; private set; }

    /// <summary>Goes to the next property.</summary>
    /// <returns>False behind the last one.</returns>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    public bool MoveNext()
    {
        if (!_isInside) return false;
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndObject)
        {
            _isInside = false;
            return false;
        }

        var name = _json.Slice((int)_reader.TokenStartIndex + 1, _reader.ValueSpan.Length);
        var nameIsEscaped = _reader.ValueIsEscaped;
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        Current = new RawProperty(name, nameIsEscaped, new RawJson(_json[start..(int)_reader.BytesConsumed]));
        return true;
    }

    /// <summary>Lets <c>foreach</c> use the enumerator directly.</summary>
    /// <returns>This enumerator.</returns>
    public readonly RawPropertyEnumerator GetEnumerator() => this;
}
