using System.Globalization;
using System.Text;
using KernelGateway.ControlPlane.Sandboxes;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.ControlPlane.AspNetCore.Rest;

/// <summary>The JSON object of a request. Unknown fields are ignored: SDKs send new ones before servers know them.</summary>
internal sealed class RestBody
{
    private const int MaxBytes = 1 << 20;
    private const int MaxDepth = 32;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly JObject _json;
    private readonly string _path;

    private RestBody(JObject json, string path)
    {
        _json = json;
        _path = path;
    }

    /// <summary>Reads the body; an absent one counts as <c>{}</c> where that is allowed.</summary>
    /// <exception cref="SandboxException">It is not a JSON object, or too long.</exception>
    public static async Task<RestBody> ReadAsync(HttpContext context, bool isOptional = true)
    {
        var bytes = await ReadBytesAsync(context);
        try
        {
            var text = Utf8.GetString(bytes);
            if (text.Length == 0 && isOptional) return new RestBody([], "");
            var token = Parse(text);
            return token is JObject json ? new RestBody(json, "") : throw Malformed("the body is not an object");
        }
        catch (Exception exception) when (exception is JsonException or DecoderFallbackException)
        {
            throw Malformed(exception.Message);
        }
    }

    /// <summary>Returns the refusal of a field's value.</summary>
    public static SandboxException Invalid(string field, string problem) => new(SandboxFailure.Invalid, $"validation error: {field}: {problem}");

    /// <summary>Refuses a field of the SDKs that this service does not have; null, false and empty values are what its absence means.</summary>
    public void Refuse(string name)
    {
        if (_json[name] is not { } value || value.Type == JTokenType.Null || value is JContainer { Count: 0 }) return;
        throw new SandboxException(SandboxFailure.Unsupported, $"{_path}{name}: this service does not support it");
    }

    public bool Has(string name) => _json[name] is { } value && value.Type != JTokenType.Null;

    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { Type: JTokenType.String } value => (string?)value,
        _ => throw Invalid(_path + name, "the value is not a string"),
    };

    public bool? Flag(string name) => Find(name) switch
    {
        null => null,
        { Type: JTokenType.Boolean } value => (bool)value,
        _ => throw Invalid(_path + name, "the value is not a boolean"),
    };

    public long? Number(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.Type == JTokenType.Integer && value is JValue { Value: long number }) return number;

        // Some clients write whole numbers as 300.0.
        if (value.Type == JTokenType.Float && (double)value is var real && Math.Abs(real) < int.MaxValue && Math.Floor(real) == real) return (long)real;
        throw Invalid(_path + name, "the value is not an integer");
    }

    /// <summary>Reads a number of seconds.</summary>
    public TimeSpan? Seconds(string name)
    {
        if (Number(name) is not { } seconds) return null;
        return Math.Abs(seconds) < int.MaxValue ? TimeSpan.FromSeconds(seconds) : seconds > 0 ? TimeSpan.MaxValue : TimeSpan.MinValue;
    }

    public RestBody? Object(string name) => Find(name) switch
    {
        null => null,
        JObject value => new RestBody(value, $"{_path}{name}."),
        _ => throw Invalid(_path + name, "the value is not an object"),
    };

    public IReadOnlyList<string>? Texts(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value is not JArray array || array.Any(item => item.Type != JTokenType.String)) throw Invalid(_path + name, "the value is not an array of strings");
        return [.. array.Select(item => (string)item!)];
    }

    public IReadOnlyDictionary<string, string>? Map(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value is not JObject map) throw Invalid(_path + name, "the value is not an object");
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, item) in map)
            pairs[key] = item is { Type: JTokenType.String } ? (string)item! : throw Invalid($"{_path}{name}.{key}", "the value is not a string");
        return pairs;
    }

    private static JToken Parse(string text)
    {
        using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None, MaxDepth = MaxDepth };
        var token = JToken.ReadFrom(reader);
        while (reader.Read())
        {
            if (reader.TokenType != JsonToken.Comment) throw Malformed("there is more than one value");
        }

        return token;
    }

    private static async Task<byte[]> ReadBytesAsync(HttpContext context)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[16384];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            if (memory.Length + read > MaxBytes) throw Malformed(string.Create(CultureInfo.InvariantCulture, $"the body is longer than {MaxBytes} bytes"));
            await memory.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
        }

        return memory.ToArray();
    }

    private static SandboxException Malformed(string problem) => new(SandboxFailure.Invalid, $"Error when parsing request: {problem}");

    private JToken? Find(string name) => _json[name] is { } value && value.Type != JTokenType.Null ? value : null;
}
