using System.Buffers;
using System.Text;
using Google.Protobuf;

namespace KernelGateway.AspNetCore.Envd.Connect;

/// <summary>How messages are written as bytes: as JSON, or in the binary format of protocol buffers.</summary>
internal abstract class ConnectCodec
{
    public static ConnectCodec Json { get; } = new JsonCodec();

    public static ConnectCodec Binary { get; } = new BinaryCodec();

    /// <summary>Gets the content type of unary requests and answers.</summary>
    public abstract string UnaryType { get; }

    /// <summary>Gets the content type of streams.</summary>
    public abstract string StreamType { get; }

    /// <summary>Finds the codec of a content type; null when there is none.</summary>
    public static ConnectCodec? Find(string? contentType, bool isStream)
    {
        var type = contentType.AsSpan();
        if (type.IndexOf(';') is var end and >= 0) type = type[..end];
        type = type.Trim();
        foreach (var codec in (ReadOnlySpan<ConnectCodec>)[Json, Binary])
        {
            if (type.Equals(isStream ? codec.StreamType : codec.UnaryType, StringComparison.OrdinalIgnoreCase)) return codec;
        }

        return null;
    }

    /// <summary>Gives the content types that a method accepts, for <c>Accept-Post</c>.</summary>
    public static string GetTypes(bool isStream) =>
        isStream ? $"{Json.StreamType}, {Binary.StreamType}" : $"{Json.UnaryType}, {Binary.UnaryType}";

    /// <summary>Reads a message. Unknown fields are ignored.</summary>
    /// <exception cref="ConnectException">The bytes are not such a message.</exception>
    public T Read<T>(ReadOnlySpan<byte> bytes)
        where T : class, IMessage<T>, new()
    {
        try
        {
            return Parse<T>(bytes);
        }
        catch (Exception exception) when (exception is IOException or DecoderFallbackException or FormatException or OverflowException)
        {
            // Both parsers derive their exceptions from IOException.
            throw new ConnectException(ConnectCode.InvalidArgument, $"unmarshal message: {exception.Message}", exception);
        }
    }

    /// <summary>Writes a message.</summary>
    public abstract void Write(IMessage message, IBufferWriter<byte> output);

    protected abstract T Parse<T>(ReadOnlySpan<byte> bytes)
        where T : class, IMessage<T>, new();

    private sealed class JsonCodec : ConnectCodec
    {
        private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

        public override string UnaryType => "application/json";

        public override string StreamType => "application/connect+json";

        public override void Write(IMessage message, IBufferWriter<byte> output)
        {
            if (message is IJsonWritable writable && writable.TryWriteJson(output)) return;
            Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(message), output);
        }

        protected override T Parse<T>(ReadOnlySpan<byte> bytes) => Parser.Parse<T>(StrictUtf8.GetString(bytes));
    }

    private sealed class BinaryCodec : ConnectCodec
    {
        public override string UnaryType => "application/proto";

        public override string StreamType => "application/connect+proto";

        public override void Write(IMessage message, IBufferWriter<byte> output) => message.WriteTo(output);

        protected override T Parse<T>(ReadOnlySpan<byte> bytes) => new MessageParser<T>(() => new T()).ParseFrom(bytes);
    }
}
