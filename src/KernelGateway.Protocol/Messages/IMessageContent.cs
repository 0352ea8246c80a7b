using System.Text.Json;

namespace KernelGateway.Protocol.Messages;

/// <summary>The typed content of one message type: read leniently, written strictly.</summary>
/// <typeparam name="TSelf">The content type itself.</typeparam>
public interface IMessageContent<TSelf>
    where TSelf : IMessageContent<TSelf>
{
    /// <summary>Gets the message type whose content this is, as on the wire.</summary>
    static abstract string MessageType { get; }

    /// <summary>
    /// Reads the content, putting defaults where fields are missing or of the wrong type and ignoring unknown ones.
    /// </summary>
    /// <param name="content">The content frame. MIME bundles in the result borrow it.</param>
    /// <returns>The typed content.</returns>
    /// <exception cref="MessageFormatException">The bytes are not JSON.</exception>
    static abstract TSelf Read(ReadOnlyMemory<byte> content);

    /// <summary>Writes the content as a JSON object that follows the specification.</summary>
    /// <param name="writer">Receives the object.</param>
    void Write(Utf8JsonWriter writer);
}
