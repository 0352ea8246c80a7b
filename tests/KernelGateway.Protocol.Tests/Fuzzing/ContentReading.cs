using System.Buffers;
using System.Reflection;
using System.Text.Json;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Protocol.Tests.Fuzzing;

/// <summary>Reads a content as its type, writes the result, and reads that again.</summary>
internal static class ContentReading
{
    private static readonly MethodInfo Generic = typeof(ContentReading).GetMethod(nameof(ReadAs), BindingFlags.NonPublic | BindingFlags.Static)!;

    private static readonly Dictionary<string, Action<ReadOnlyMemory<byte>>> ByMessageType = typeof(JupyterMessage).Assembly.GetTypes()
        .Where(type => type.GetInterfaces().Any(contract =>
            contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IMessageContent<>)))
        .ToDictionary(
            type => (string)type.GetProperty("MessageType")!.GetValue(null)!,
            type => Generic.MakeGenericMethod(type).CreateDelegate<Action<ReadOnlyMemory<byte>>>());

    public static IReadOnlyList<string> MessageTypes { get; } = [.. ByMessageType.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Reads, writes and reads again, unless the content is invalid JSON. Content of an unknown type is ignored.</summary>
    public static void Exercise(string messageType, ReadOnlyMemory<byte> content)
    {
        if (ByMessageType.TryGetValue(messageType, out var exercise)) exercise(content);
    }

    private static void ReadAs<T>(ReadOnlyMemory<byte> content)
        where T : IMessageContent<T>
    {
        T read;
        try
        {
            read = T.Read(content);
        }
        catch (MessageFormatException)
        {
            return;
        }

        // Invalid Unicode is replaced by the first write. Later round trips must not change anything.
        var written = Write(T.Read(Write(read)));
        var again = Write(T.Read(written));
        if (!again.Span.SequenceEqual(written.Span))
            throw new InvalidOperationException($"A {T.MessageType} changes each time it is read and written.");
    }

    private static ReadOnlyMemory<byte> Write<T>(T content)
        where T : IMessageContent<T>
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = 1_024 })) content.Write(writer);
        return buffer.WrittenMemory;
    }
}
