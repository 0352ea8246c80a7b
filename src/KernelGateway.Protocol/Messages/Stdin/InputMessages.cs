using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Stdin;

/// <summary>Asks the user for a line.</summary>
/// <remarks>Jupyter messaging 5.x, Messages on the stdin channel.</remarks>
public sealed record InputRequest : IMessageContent<InputRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.InputRequest;

    /// <summary>Gets the text to show.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>Gets whether the typed text should be hidden.</summary>
    public bool IsPassword { get; init; }

    /// <inheritdoc/>
    public static InputRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new InputRequest
        {
            Prompt = fields["prompt"u8].AsText() ?? "",
            IsPassword = fields["password"u8].AsBoolean() ?? fields["pwd"u8].AsBoolean() ?? false,   // pwd: xeus 2.4
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteText("prompt"u8, Prompt);
        writer.WriteBoolean("password"u8, IsPassword);
        writer.WriteEndObject();
    }
}

/// <summary>Contains the user's line for the program that asked.</summary>
/// <remarks>Jupyter messaging 5.x, Messages on the stdin channel.</remarks>
public sealed record InputReply : IMessageContent<InputReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.InputReply;

    /// <summary>Gets the line, without its line break; <c>"\x04"</c> by convention ends the input.</summary>
    public required string Value { get; init; }

    /// <inheritdoc/>
    public static InputReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new InputReply
        {
            Value = fields["value"u8].AsText() ?? "",
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteText("value"u8, Value);
        writer.WriteEndObject();
    }
}
