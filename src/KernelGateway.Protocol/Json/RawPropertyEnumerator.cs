using System.Text.Json;

namespace KernelGateway.Protocol.Json;

/// <summary>Walks the properties of one JSON object, in order, allocating nothing.</summary>
public ref struct RawPropertyEnumerator
{
    private readonly ReadOnlyMemory<byte> _json;
    private readonly ReadOnlySpan<byte> _span;
    private int _index;
    private bool _isInside;
    private bool _isAtEnd;

    internal RawPropertyEnumerator(ReadOnlyMemory<byte> json)
    {
        _json = json;
        _span = json.Span;
        if (_span.IsEmpty) return;
        _index = JsonScanner.SkipBlanks(_span, 0);
        _isInside = _index < _span.Length && _span[_index] == '{';
        // Other values have no properties, but must be JSON.
        if (!_isInside) JsonScanner.EndOfValue(_span, _index);
    }

    /// <summary>Gets the current property.</summary>
    public RawProperty Current { get; private set; }

    /// <summary>Gets whether the bytes were one object and nothing else; known after the last property.</summary>
    internal readonly bool IsWholeObject =>
        !_isInside && _index < _span.Length && _span[_index] == '}' && JsonScanner.SkipBlanks(_span, _index + 1) == _span.Length;

    /// <summary>Moves to the next property.</summary>
    /// <returns>False after the last one.</returns>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    public bool MoveNext()
    {
        if (!_isInside) return false;
        // The index is at an opening brace, a comma or a closing brace.
        var isFirst = _span[_index] == '{';
        if (_span[_index] != '}') _index = JsonScanner.SkipBlanks(_span, _index + 1);
        if (Expect() == '}' && (isFirst || _isAtEnd))
        {
            _isInside = false;
            return false;
        }

        var name = ReadName();
        if (Expect() != ':') throw new JsonException("Expected a colon.");
        var start = JsonScanner.SkipBlanks(_span, _index + 1);
        var end = JsonScanner.EndOfValue(_span, start);
        _index = JsonScanner.SkipBlanks(_span, end);
        // The next byte also proves that a number is complete.
        _isAtEnd = Expect() == '}';
        if (!_isAtEnd && Expect() != ',') throw new JsonException("Expected a comma or the end of the object.");
        Current = new RawProperty(name, name.Span.Contains((byte)'\\'), new RawJson(_json[start..end]));
        return true;
    }

    /// <summary>Lets <c>foreach</c> use the enumerator directly.</summary>
    /// <returns>This enumerator.</returns>
    public readonly RawPropertyEnumerator GetEnumerator() => this;

    private ReadOnlyMemory<byte> ReadName()
    {
        var start = _index;
        _index = JsonScanner.EndOfString(_span, start);
        var name = _json[(start + 1)..(_index - 1)];
        _index = JsonScanner.SkipBlanks(_span, _index);
        return name;
    }

    private readonly byte Expect() => _index < _span.Length ? _span[_index] : throw new JsonException("An object does not end.");
}
