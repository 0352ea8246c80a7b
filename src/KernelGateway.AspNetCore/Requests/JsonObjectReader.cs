using System.Text.Json;
using System.Text.Unicode;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Requests;

/// <summary>Builds the known part of one JSON object from bytes that arrive in pieces; the rest uses no memory.</summary>
/// <param name="shape">The parts that are kept.</param>
/// <param name="memory">Counts the kept parts.</param>
internal sealed class JsonObjectReader(BodyShape shape, BodyMemory memory)
{
    // The measured memory of the object model: an object with its property table, an array, a property, a value; two bytes per
    // character.
    private const int ObjectCost = 512;
    private const int ArrayCost = 192;
    private const int PropertyCost = 160;
    private const int ValueCost = 128;

    // The depth at which recursion over the object model is still safe.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 512 };

    private readonly Stack<(JContainer Container, BodyShape Shape)> _open = [];
    private JsonReaderState _state = new(Options);
    private string _name = "";        // of the property whose value comes next
    private BodyShape? _next = shape;   // the shape of the value that comes next; null when it is not kept
    private int _skippedLevels;       // the depth inside a value that is not kept

    /// <summary>Gets the object; null when it is <c>null</c> or has not started.</summary>
    public JObject? Root { get; private set; }

    /// <summary>Reads the next bytes.</summary>
    /// <param name="bytes">The unread bytes.</param>
    /// <param name="isEnd">Whether this is the end of the body.</param>
    /// <returns>The number of bytes that were read; the others are the start of an incomplete token.</returns>
    /// <exception cref="JsonException">It is not JSON, or nested too deeply.</exception>
    /// <exception cref="BodyShapeException">It is JSON, but not an object, or not UTF-8.</exception>
    /// <exception cref="BodyMemoryException">There is no room for it at the moment.</exception>
    public int Read(ReadOnlyMemory<byte> bytes, bool isEnd)
    {
        var reader = new Utf8JsonReader(bytes.Span, isEnd, _state);
        while (reader.Read()) Take(ref reader, bytes);
        _state = reader.CurrentState;
        return (int)reader.BytesConsumed;
    }

    private void Take(ref Utf8JsonReader reader, ReadOnlyMemory<byte> bytes)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
            case JsonTokenType.StartArray:
                Begin(reader.TokenType == JsonTokenType.StartObject);
                break;
            case JsonTokenType.EndObject:
            case JsonTokenType.EndArray:
                End();
                break;
            case JsonTokenType.PropertyName:
                if (_skippedLevels > 0) break;
                _next = _open.Peek().Shape.Find(ref reader);
                if (_next is not null) _name = Decode(Token(ref reader, bytes));
                break;
            default:
                if (_skippedLevels > 0 || _next is null) break;
                memory.Add(ValueCost + (2 * reader.ValueSpan.Length));
                Attach(ReadValue(ref reader, bytes));
                break;
        }
    }

    private void Begin(bool isObject)
    {
        if (_skippedLevels > 0 || _next is not { } present)
        {
            _skippedLevels++;
            return;
        }

        if (!isObject && _open.Count == 0) throw new BodyShapeException("The body is JSON, but not an object.");
        memory.Add(isObject ? ObjectCost : ArrayCost);
        JContainer container = isObject ? new JObject() : new JArray();
        Attach(container);
        if (isObject ? present.IsObject : present.IsArray) _open.Push((container, present));
        else _skippedLevels++;
        _next = present;
    }

    private void End()
    {
        if (_skippedLevels > 0) _skippedLevels--;
        else _open.Pop();

        // The next item of an array, whose values have no names.
        if (_skippedLevels == 0) _next = _open.TryPeek(out var parent) ? parent.Shape : null;
    }

    private void Attach(JToken token)
    {
        if (!_open.TryPeek(out var parent))
        {
            Root = token as JObject;
            if (Root is null && token.Type != JTokenType.Null) throw new BodyShapeException("The body is JSON, but not an object.");
        }
        else if (parent.Container is JObject named)
        {
            // The last of several properties with one name counts.
            memory.Add(PropertyCost + (2 * _name.Length));
            named[_name] = token;
        }
        else
        {
            parent.Container.Add(token);
        }
    }

    private static JToken ReadValue(ref Utf8JsonReader reader, ReadOnlyMemory<byte> bytes)
    {
        var token = Token(ref reader, bytes);
        return reader.TokenType == JsonTokenType.String ? new JValue(Decode(token)) : new RawJson(token).AsToken();
    }

    private static string Decode(ReadOnlyMemory<byte> token) =>
        Utf8.IsValid(token.Span) ? new RawJson(token).AsString()! : throw new BodyShapeException("The body is not UTF-8.");

    // A string with its quotes.
    private static ReadOnlyMemory<byte> Token(ref Utf8JsonReader reader, ReadOnlyMemory<byte> bytes)
    {
        var quotes = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? 2 : 0;
        return bytes.Slice((int)reader.TokenStartIndex, reader.ValueSpan.Length + quotes);
    }
}

/// <summary>The body is not a valid JSON object. The message says why.</summary>
internal sealed class BodyShapeException(string message) : Exception(message);
