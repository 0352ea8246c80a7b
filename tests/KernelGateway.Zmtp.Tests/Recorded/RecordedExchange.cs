using System.Text.Json;
using KernelGateway.Zmtp.Framing;

namespace KernelGateway.Zmtp.Tests.Recorded;

/// <summary>One recorded connection: the bytes of both directions in order, split into greeting parts, commands and whole messages.</summary>
internal sealed record RecordedExchange(string Name, string Connector, string Binder, IReadOnlyList<RecordedUnit> Units)
{
    private const int GreetingBytes = 64;

    public static IReadOnlyDictionary<string, RecordedExchange> Load()
    {
        using var document = RecordedFile.Open();
        return document.RootElement.GetProperty("captures").EnumerateArray().Select(Parse).ToDictionary(exchange => exchange.Name);
    }

    private static RecordedExchange Parse(JsonElement capture)
    {
        var connector = capture.GetProperty("connector").GetString()!;
        var units = new List<RecordedUnit>();
        var greetingLeft = new Dictionary<bool, int> { [true] = GreetingBytes, [false] = GreetingBytes };
        var frames = new Dictionary<bool, List<byte[]>> { [true] = [], [false] = [] };
        foreach (var step in capture.GetProperty("steps").EnumerateArray())
        {
            var fromConnector = step.GetProperty("direction").GetString()!.StartsWith(connector + "->", StringComparison.Ordinal);
            var bytes = Convert.FromHexString(step.GetProperty("hex").GetString()!);
            if (bytes.Length == 0) continue;
            if (greetingLeft[fromConnector] > 0)
            {
                greetingLeft[fromConnector] -= bytes.Length;
                units.Add(new RecordedUnit(fromConnector, bytes, null, null));
                continue;
            }

            if (!FrameHeader.TryRead(bytes, out var header)) break;
            var body = bytes[header.HeaderBytes..];
            if (header.IsCommand)
            {
                units.Add(new RecordedUnit(fromConnector, bytes, body, null));
                continue;
            }

            frames[fromConnector].Add(bytes);
            if (header.HasMore) continue;
            var message = frames[fromConnector];
            units.Add(new RecordedUnit(fromConnector, [.. message.SelectMany(frame => frame)], null, [.. message.Select(BodyOf)]));
            message.Clear();
        }

        return new RecordedExchange(capture.GetProperty("name").GetString()!, connector, capture.GetProperty("binder").GetString()!, units);
    }

    private static byte[] BodyOf(byte[] frame)
    {
        FrameHeader.TryRead(frame, out var header);
        return frame[header.HeaderBytes..];
    }
}
