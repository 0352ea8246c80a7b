using System.Text;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Handshake;

namespace KernelGateway.Zmtp.Tests.Support;

/// <summary>Builds the bytes that a raw peer sends.</summary>
internal static class Bytes
{
    public static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);

    public static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal));

    public static byte[] Filled(int count, byte value = 0x61)
    {
        var bytes = new byte[count];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    public static byte[] Greeting(byte major = 3, byte minor = 1, string mechanism = "NULL")
    {
        var greeting = new byte[64];
        greeting[0] = 0xFF;
        greeting[9] = 0x7F;
        greeting[10] = major;
        greeting[11] = minor;
        Text(mechanism).CopyTo(greeting, 12);
        return greeting;
    }

    /// <summary>Builds the opening of a ZMTP 2.0 peer: signature, revision 1, the number of its socket type, its routing id in a frame.</summary>
    public static byte[] Opening2(byte socketType, string routingId = "") =>
        [.. Greeting(major: 1)[..11], socketType, 0, (byte)routingId.Length, .. Text(routingId)];

    public static byte[] Command(string name, params byte[] data) => ZmtpCommand.Frame(Text(name), data);

    public static byte[] Property(string name, byte[] value) =>
        [(byte)name.Length, .. Text(name), 0, 0, (byte)(value.Length >> 8), (byte)value.Length, .. value];

    public static byte[] Ready(string socketType, string? routingId = null) => Command(
        "READY", [.. Property("Socket-Type", Text(socketType)), .. routingId is null ? [] : Property("Identity", Text(routingId))]);

    public static byte[] Opening(string socketType, string? routingId = null, byte minor = 1) =>
        [.. Greeting(minor: minor), .. Ready(socketType, routingId)];

    public static byte[] Frame(byte flags, byte[] body)
    {
        var header = new byte[FrameHeader.MaxBytes];
        var headerBytes = FrameHeader.Write(header, flags, body.Length);
        return [.. header[..headerBytes], .. body];
    }

    public static byte[] Message(params byte[][] frames) =>
        [.. frames.SelectMany((frame, i) => Frame(i < frames.Length - 1 ? FrameFlags.More : (byte)0, frame))];

    public static byte[] Message(params string[] frames) => Message([.. frames.Select(Text)]);

    public static ReadOnlyMemory<byte>[] Frames(params string[] frames) => [.. frames.Select(frame => (ReadOnlyMemory<byte>)Text(frame))];

    /// <summary>Returns the frames as text, joined by a vertical bar, and disposes the message.</summary>
    public static string TakeText(this ZmtpMessage message)
    {
        using (message)
            return string.Join('|', message.Select(frame => Encoding.Latin1.GetString(frame.Span)));
    }

    public static byte[][] TakeFrames(this ZmtpMessage message)
    {
        using (message)
            return [.. message.Select(frame => frame.ToArray())];
    }

    /// <summary>Feeds bytes that follow the greeting to a decoder. Returns the decoded messages and, in angle brackets, commands.</summary>
    public static List<string> Feed(this ZmtpDecoder decoder, ReadOnlySpan<byte> bytes, int chunkBytes = int.MaxValue)
    {
        var units = new List<string>();
        while (true)
        {
            while (decoder.TryRead(out var unit))
                units.Add(unit.Message?.TakeText() ?? $"<{Encoding.Latin1.GetString(unit.Command.Span[1..])}>");
            if (bytes.IsEmpty) return units;
            var memory = decoder.GetMemory().Span;
            var count = Math.Min(bytes.Length, Math.Min(memory.Length, chunkBytes));
            bytes[..count].CopyTo(memory);
            bytes = bytes[count..];
            decoder.Advance(count);
        }
    }
}
