using KernelGateway.Protocol;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Probing;

/// <summary>Looks at the JSON of a kernel without trusting it.</summary>
internal static class Json
{
    /// <summary>Reads an object; null for anything else.</summary>
    public static JObject? TryRead(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return new RawJson(bytes).AsToken() as JObject;
        }
        catch (MessageFormatException)
        {
            return null;
        }
    }

    public static bool IsText(JToken? token) => token?.Type is JTokenType.String or JTokenType.Date;

    public static bool IsInteger(JToken? token) => token?.Type == JTokenType.Integer;

    public static bool IsTextList(JToken? token) => token is JArray items && items.All(IsText);

    /// <summary>Shows a value on one short line.</summary>
    public static string Show(JToken? token)
    {
        if (token is null) return "nothing";
        var text = token.ToString(Formatting.None);
        return text.Length > 120 ? text[..117] + "..." : text;
    }
}
