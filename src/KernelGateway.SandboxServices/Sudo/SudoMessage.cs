using System.Buffers.Binary;
using System.Text;

namespace KernelGateway.SandboxServices.Sudo;

/// <summary>The kinds of messages that follow a <see cref="SudoRequest"/>.</summary>
internal enum SudoMessageKind : byte
{
    /// <summary>From the service: the command runs. Its process id, 4 bytes, little-endian.</summary>
    Started = (byte)'S',

    /// <summary>From the service: the command was stopped, as was asked for with SIGTSTP.</summary>
    Stopped = (byte)'T',

    /// <summary>From the service, the last one: the command has exited. Its exit code, 1 byte.</summary>
    Exited = (byte)'X',

    /// <summary>From the service, the last one: a signal has ended the command. Its number, 1 byte.</summary>
    Killed = (byte)'K',

    /// <summary>From the service, the last one: nothing was run. The reason in UTF-8.</summary>
    Refused = (byte)'R',

    /// <summary>From the service, the last one: the answer, for the standard output, in UTF-8.</summary>
    Answered = (byte)'A',

    /// <summary>To the service: a signal for the command. Its number, 1 byte.</summary>
    Signal = (byte)'G',
}

/// <summary>A message that follows a <see cref="SudoRequest"/>.</summary>
/// <remarks>
/// <code>
/// | kind 1 | length of the payload, little-endian 2 | payload |
/// </code>
/// </remarks>
/// <param name="Kind">What it says.</param>
/// <param name="Payload">Its content.</param>
internal readonly record struct SudoMessage(SudoMessageKind Kind, ReadOnlyMemory<byte> Payload)
{
    internal const int HeaderBytes = 3;

    /// <summary>The longest message.</summary>
    internal const int MaxBytes = HeaderBytes + ushort.MaxValue;

    /// <summary>Gets the number in the payload; zero when it has none.</summary>
    internal int Number => Payload.Length switch
    {
        1 => Payload.Span[0],
        4 => BinaryPrimitives.ReadInt32LittleEndian(Payload.Span),
        _ => 0,
    };

    /// <summary>Gets the text in the payload.</summary>
    internal string Text => Encoding.UTF8.GetString(Payload.Span);

    internal static byte[] Write(SudoMessageKind kind, ReadOnlySpan<byte> payload)
    {
        payload = payload[..Math.Min(payload.Length, ushort.MaxValue)];
        var message = new byte[HeaderBytes + payload.Length];
        message[0] = (byte)kind;
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(1), (ushort)payload.Length);
        payload.CopyTo(message.AsSpan(HeaderBytes));
        return message;
    }

    internal static byte[] Write(SudoMessageKind kind) => Write(kind, ReadOnlySpan<byte>.Empty);

    internal static byte[] Write(SudoMessageKind kind, byte number) => Write(kind, [number]);

    internal static byte[] Write(SudoMessageKind kind, string text) => Write(kind, Encoding.UTF8.GetBytes(text));

    internal static byte[] WriteStarted(int processId)
    {
        Span<byte> payload = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(payload, processId);
        return Write(SudoMessageKind.Started, payload);
    }

    /// <summary>Reads the first message of some bytes; false when it is not complete.</summary>
    /// <param name="bytes">The bytes, from which the message is taken.</param>
    /// <param name="message">The message, which refers to the bytes.</param>
    internal static bool TryRead(ref ReadOnlyMemory<byte> bytes, out SudoMessage message)
    {
        message = default;
        if (bytes.Length < HeaderBytes) return false;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.Span[1..]);
        if (bytes.Length < HeaderBytes + length) return false;
        message = new SudoMessage((SudoMessageKind)bytes.Span[0], bytes.Slice(HeaderBytes, length));
        bytes = bytes[(HeaderBytes + length)..];
        return true;
    }
}
