namespace KernelGateway.Protocol.Json;

/// <summary>One property of a JSON object, name and value still as bytes.</summary>
#pragma warning disable CA1815 // A cursor over borrowed bytes; nothing compares two of them.
public readonly struct RawProperty
#pragma warning restore CA1815
{
    private readonly bool _nameIsEscaped;

    internal RawProperty(ReadOnlyMemory<byte> rawName, bool nameIsEscaped, RawJson value)
    {
        RawName = rawName;
        _nameIsEscaped = nameIsEscaped;
        Value = value;
    }

    /// <summary>Gets the bytes between the quotes of the name, escapes included.</summary>
    public ReadOnlyMemory<byte> RawName { get; }

    /// <summary>Gets the value.</summary>
    public RawJson Value { get; }

    /// <summary>Gets the decoded name.</summary>
    public string Name => JsonText.Decode(RawName.Span);

    /// <summary>Compares the name with UTF-8 text, decoding it only when it holds escapes.</summary>
    /// <param name="name">The name looked for.</param>
    /// <returns>Whether this property has that name.</returns>
    public bool NameEquals(ReadOnlySpan<byte> name) =>
        _nameIsEscaped ? JsonText.EscapedEquals(RawName.Span, name) : RawName.Span.SequenceEqual(name);
}
