using System.Text.Json;

namespace KernelGateway.AspNetCore.Requests;

/// <summary>The parts of a JSON body that are kept. Everything else is skipped without creating objects.</summary>
internal sealed class BodyShape
{
    /// <summary>
    /// A string, number, boolean or null. An array or object in its place is kept empty, for the error message.
    /// </summary>
    public static readonly BodyShape Value = new([], others: null);

    /// <summary>An object with any property names and values as in <see cref="Value"/>.</summary>
    public static readonly BodyShape Map = new([], others: Value);

    /// <summary>Any value, kept whole.</summary>
    public static readonly BodyShape Whole = new([], others: null);

    private readonly (byte[] Name, BodyShape Shape)[] _fields;
    private readonly BodyShape? _others;

    private BodyShape((byte[] Name, BodyShape Shape)[] fields, BodyShape? others)
    {
        _fields = fields;
        _others = others;
    }

    /// <summary>Gets a value indicating whether an object in this place is read.</summary>
    public bool IsObject => _fields.Length > 0 || _others is not null || this == Whole;

    /// <summary>Gets a value indicating whether an array in this place is read.</summary>
    public bool IsArray => this == Whole;

    /// <summary>Creates the shape of an object of which the named fields are kept.</summary>
    /// <param name="fields">The fields.</param>
    public static BodyShape Object(params ReadOnlySpan<(string Name, BodyShape Shape)> fields) => new(Encode(fields), others: null);

    /// <summary>Creates the shape of an object that may have any fields.</summary>
    /// <param name="others">The shape of those that are not named.</param>
    /// <param name="fields">The ones that are.</param>
    public static BodyShape ObjectWith(BodyShape others, params ReadOnlySpan<(string Name, BodyShape Shape)> fields) => new(Encode(fields), others);

    /// <summary>Returns the shape of the value behind a property's name; null when it is not kept.</summary>
    /// <param name="reader">A reader that has just read the name.</param>
    public BodyShape? Find(ref Utf8JsonReader reader)
    {
        if (this == Whole) return Whole;
        foreach (var (name, shape) in _fields)
        {
            if (reader.ValueTextEquals(name)) return shape;
        }

        return _others;
    }

    private static (byte[] Name, BodyShape Shape)[] Encode(ReadOnlySpan<(string Name, BodyShape Shape)> fields)
    {
        var encoded = new (byte[], BodyShape)[fields.Length];
        for (var i = 0; i < fields.Length; i++) encoded[i] = (System.Text.Encoding.UTF8.GetBytes(fields[i].Name), fields[i].Shape);
        return encoded;
    }
}
