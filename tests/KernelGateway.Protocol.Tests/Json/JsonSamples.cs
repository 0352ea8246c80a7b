using System.Text;

namespace KernelGateway.Protocol.Tests.Json;

/// <summary>
/// Creates JSON values of all kinds from a seed: escapes, other scripts, surrogate pairs, nesting, unusual white space.
/// </summary>
internal static class JsonSamples
{
    private static readonly string[] Pieces =
    [
        "a", "hello world", "é", "ß", "日本語", "\u2028", "😀", "𝒳", "\u007f", "\ufffd", "\uffff",
        "\\n", "\\\"", "\\\\", "\\/", "\\b\\f\\r\\t",
        "\\u00e9", "\\u65e5", "\\ud83d\\ude00", "\\u0000", "\\u001b[31m", "'", "<&>", " ", new('x', 300), new('ä', 100),
    ];

    private static readonly string[] LoneSurrogates = ["\\ud83d", "\\ude00", "\\uD800"];

    private static readonly string[] Blanks = ["", "", "", " ", "\n", "\r\n", "\t", "\n  "];

    public static byte[] Create(int seed, bool withLoneSurrogates = false) => Encoding.UTF8.GetBytes(
        Value(new Random(seed), depth: 0)
            .Replace("hello", withLoneSurrogates ? LoneSurrogates[seed % 3] : "hello", StringComparison.Ordinal));

    private static string Value(Random random, int depth) => random.Next(depth > 4 ? 5 : 8) switch
    {
        0 => random.Next(3) switch { 0 => "true", 1 => "false", _ => "null" },
        1 => random.Next(4) switch { 0 => "0", 1 => "-17", 2 => "1.5e-7", _ => "123456789012345678901234567890" },
        2 or 3 or 4 => Text(random),
        5 or 6 => "{" + Blank(random) + List(random, i => Name(random, i) + Value(random, depth + 1)) + "}",
        _ => "[" + Blank(random) + List(random, _ => Value(random, depth + 1)) + "]",
    };

    private static string List(Random random, Func<int, string> item) =>
        string.Join(',', Enumerable.Range(0, random.Next(5)).Select(i => Blank(random) + item(i) + Blank(random)));

    private static string Name(Random random, int number) => $"\"k{number}{Text(random)[1..]}{Blank(random)}:{Blank(random)}";

    private static string Text(Random random) =>
        $"\"{string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => Pieces[random.Next(Pieces.Length)]))}\"";

    private static string Blank(Random random) => Blanks[random.Next(Blanks.Length)];
}
