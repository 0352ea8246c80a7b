using System.Text.Json;

namespace KernelGateway.Protocol.Json;

/// <summary>The index of a content object, made in one pass, from which the typed contents read their fields.</summary>
internal readonly struct ContentFields
{
    private readonly List<RawProperty> _properties;

    private ContentFields(List<RawProperty> properties) => _properties = properties;

    /// <summary>Gets the properties in the order they were sent.</summary>
    public IReadOnlyList<RawProperty> Properties => _properties;

    /// <summary>Gets the value of a field; absent when there is none. Of equal names the last one counts.</summary>
    public RawJson this[ReadOnlySpan<byte> name]
    {
        get
        {
            for (var i = _properties.Count - 1; i >= 0; i--)
            {
                if (_properties[i].NameEquals(name)) return _properties[i].Value;
            }
            return default;
        }
    }

    /// <summary>Reads the fields of an object. Other JSON values, and an empty content, have no fields.</summary>
    /// <exception cref="MessageFormatException">The bytes are not JSON.</exception>
    public static ContentFields Read(ReadOnlyMemory<byte> json)
    {
        var properties = new List<RawProperty>(8);
        try
        {
            // IRkernel and octave write [] for an object without members, so only bytes that are not JSON are refused.
            foreach (var property in new RawPropertyEnumerator(json)) properties.Add(property);
        }
        catch (JsonException exception)
        {
            throw new MessageFormatException($"{json.Length} bytes that should be a JSON object are not JSON.", exception);
        }
        return new ContentFields(properties);
    }
}
