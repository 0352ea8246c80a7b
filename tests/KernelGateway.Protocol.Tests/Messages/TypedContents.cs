using System.Reflection;
using System.Text;
using System.Text.Json;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Protocol.Tests.Messages;

/// <summary>Finds the typed contents of all message types by reflection, so that none is left out.</summary>
internal sealed class TypedContents
{
    private readonly MethodInfo _read;
    private readonly MethodInfo _write;

    private TypedContents(Type type)
    {
        MessageType = (string)type.GetProperty("MessageType")!.GetValue(null)!;
        _read = type.GetMethod("Read")!;
        _write = type.GetMethod("Write")!;
    }

    public static IReadOnlyDictionary<string, TypedContents> ByMessageType { get; } = typeof(JupyterMessage).Assembly.GetTypes()
        .Where(type => type.GetInterfaces().Any(contract =>
            contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IMessageContent<>)))
        .Select(type => new TypedContents(type)).ToDictionary(contents => contents.MessageType);

    public static IEnumerable<string> MessageTypes => ByMessageType.Keys;

    public string MessageType { get; }

    public object Read(ReadOnlyMemory<byte> content) => _read.Invoke(null, [content])!;

    public string Write(object content)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) _write.Invoke(content, [writer]);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
