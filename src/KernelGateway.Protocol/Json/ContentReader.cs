using System.Text.Json;

namespace KernelGateway.Protocol.Json;

/// <summary>
/// Finds single values inside the bytes of a message's content, so that megabytes of output are not decoded.
/// </summary>
public static class ContentReader
{
    /// <summary>Finds a property of a JSON object.</summary>
    /// <param name="content">The object's bytes; white space around it is fine.</param>
    /// <param name="name">The property's name in UTF-8.</param>
    /// <param name="value">The exact slice of <paramref name="content"/> that holds the value.</param>
    /// <returns>
    /// False when there is no such property, the content is not an object, or it stops being JSON before the property.
    /// </returns>
    /// <remarks>
    /// The scan stops at the first property of that name and allocates nothing. To read several, enumerate once.
    /// </remarks>
    public static bool TryGetProperty(ReadOnlyMemory<byte> content, ReadOnlySpan<byte> name, out RawJson value)
    {
        try
        {
            foreach (var property in new RawPropertyEnumerator(content))
            {
                if (!property.NameEquals(name)) continue;
                value = property.Value;
                return true;
            }
        }
        catch (JsonException)
        {
            // Half an object is not worth an exception to a caller that only asks whether something is there.
        }
        value = default;
        return false;
    }

    /// <summary>Walks the properties of a JSON object in one pass.</summary>
    /// <param name="content">The object's bytes; white space around it is fine.</param>
    /// <returns>An enumerator for <c>foreach</c>; empty when the content is not an object.</returns>
    /// <exception cref="JsonException">The bytes are not JSON; enumeration throws it too, where they stop being JSON.</exception>
    public static RawPropertyEnumerator EnumerateProperties(ReadOnlyMemory<byte> content) => new(content);
}
