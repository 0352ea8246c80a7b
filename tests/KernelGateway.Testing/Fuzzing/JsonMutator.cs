using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Testing.Fuzzing;

/// <summary>Changes the structure of JSON: other types, deep nesting, large numbers, duplicate names, invalid Unicode.</summary>
/// <remarks>Most results are still valid JSON, so that they pass the first check of the reader.</remarks>
public static class JsonMutator
{
    // Stands for bytes that a string cannot hold. It is replaced after the text has been encoded.
    private const char Placeholder = '\uE0FF';

    private const int LongestRepetition = 16 * 1024;

    private static readonly byte[] PlaceholderBytes = Encoding.UTF8.GetBytes([Placeholder]);

    private static readonly byte[][] InvalidUtf8 = [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF8, 0x88, 0x80, 0x80, 0x80]];

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "-0", "1.0", "1e400", "-1e400", "1e-400", "9223372036854775808", "-9223372036854775809",
        "2147483648", "123456789012345678901234567890123456789012345678901234567890", "\"\"", "\"text\"", "\"1\"", "[]", "{}", "[[]]",
        "[{}]", "[\"a\",1,null,[\"b\"],{\"c\":[]}]", "{\"\":\"\"}", "{\"text/plain\":[\"a\",1,null]}", "\"\\ud800\"", "\"\\udc00\\ud800\"",
        "\"\\u0000\"", "\"\\u2028\\u0085\"", "\"error\"", "\"aborted\"", "\"idle\"", "\"" + "\uE0FF" + "\"", "{\"" + "\uE0FF" + "\":1}",
        "\"\\x\"", "\"\\u12\"", "NaN", "Infinity", "-Infinity", "01", "+1", "'a'", "[1,]", "{\"a\":1,}", "nul", "\"a\nb\"", "/**/1",
    ];

    /// <summary>Returns a changed copy, mostly in valid UTF-8.</summary>
    /// <param name="json">The value; not changed.</param>
    /// <param name="random">Selects the change.</param>
    public static byte[] Mutate(JToken json, Random random)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(random);
        var root = json.DeepClone();
        for (var rounds = random.Next(1, 4); rounds > 0; rounds--) root = MutateOnce(root, random);
        return Encode(root.ToString(Formatting.None), random);
    }

    private static JToken MutateOnce(JToken root, Random random)
    {
        var target = Choose(root, random);
        var replacement = random.Next(10) switch
        {
            0 or 1 or 2 => new JRaw(Values[random.Next(Values.Length)]),
            3 => new JRaw(Nested(random, target)),
            4 => new JRaw(Digits(random)),
            5 => new JArray(target.DeepClone()),
            6 => new JObject { ["data"] = target.DeepClone() },
            7 => Repeat(target, random),
            8 => Choose(root, random).DeepClone(),
            _ => Rename(target, random),
        };
        if (target == root) return replacement;
        target.Replace(replacement);
        return root;
    }

    // Descends from the root, so that values near the root are chosen as often as the many values far from it.
    private static JToken Choose(JToken root, Random random)
    {
        var token = root;
        while (token is JContainer { HasValues: true } container && (token == root || random.Next(3) > 0))
        {
            var child = container.ElementAt(random.Next(container.Count));
            token = child is JProperty property ? property.Value : child;
        }

        return token;
    }

    private static string Nested(Random random, JToken inner)
    {
        int[] depths = [2, 60, 70, 500, 520, 1_100];
        var depth = depths[random.Next(depths.Length)];
        var text = inner.ToString(Formatting.None);
        var (open, close) = random.Next(2) == 0 ? ("[", "]") : ("{\"a\":", "}");
        var builder = new StringBuilder();
        for (var i = 0; i < depth; i++) builder.Append(open);
        builder.Append(text);

        // Sometimes the brackets are not closed.
        for (var i = random.Next(8) == 0 ? depth : 0; i < depth; i++) builder.Append(close);
        return builder.ToString();
    }

    private static string Digits(Random random)
    {
        var digits = new string((char)('1' + random.Next(9)), random.Next(8) == 0 ? random.Next(9_990, 10_010) : random.Next(1, 500));
        return random.Next(4) switch
        {
            0 => $"0.{digits}",
            1 => $"{digits}e{random.Next(-400, 400)}",
            2 => $"\"{digits}\"",
            _ => digits,
        };
    }

    private static JRaw Repeat(JToken token, Random random)
    {
        var text = token.ToString(Formatting.None);
        var times = Math.Max(2, Math.Min(random.Next(2, 50), LongestRepetition / (text.Length + 1)));

        // Duplicate names: the reader may use any one of the values.
        if (token is JObject { HasValues: true }) return new JRaw("{" + string.Join(',', Enumerable.Repeat(text[1..^1], times)) + "}");
        return new JRaw("[" + string.Join(',', Enumerable.Repeat(text, times)) + "]");
    }

    private static JToken Rename(JToken token, Random random)
    {
        if (token is not JObject { HasValues: true } value) return new JRaw(Values[random.Next(Values.Length)]);
        var copy = (JObject)value.DeepClone();
        var property = copy.Properties().ElementAt(random.Next(copy.Count));
        var name = property.Name;
        var newName = random.Next(5) switch
        {
            0 => "",
            1 => name + Placeholder,
            2 => name.ToUpperInvariant(),
            3 => name + "\ud800",
            _ => name + name,
        };
        if (copy.ContainsKey(newName)) copy.Remove(name);
        else property.Replace(new JProperty(newName, property.Value));
        return copy;
    }

    private static byte[] Encode(string text, Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var at = bytes.AsSpan().IndexOf(PlaceholderBytes); at >= 0; at = bytes.AsSpan().IndexOf(PlaceholderBytes))
        {
            var invalid = InvalidUtf8[random.Next(InvalidUtf8.Length)];
            bytes = [.. bytes.AsSpan(0, at), .. invalid, .. bytes.AsSpan(at + PlaceholderBytes.Length)];
        }

        return bytes;
    }
}
