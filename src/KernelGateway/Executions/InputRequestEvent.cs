using KernelGateway.Protocol.Messages;

namespace KernelGateway.Executions;

/// <summary>The code waits for a line of input.</summary>
public sealed class InputRequestEvent : ExecutionEvent
{
    internal InputRequestEvent(JournalEntry entry)
        : base(entry)
    {
        Prompt = entry.Payload.Field("prompt"u8).AsString() ?? "";

        // "pwd": xeus-python 0.14.
        IsPassword = (entry.Payload.Field("password"u8).AsBoolean() ?? entry.Payload.Field("pwd"u8).AsBoolean()) == true;
    }

    /// <summary>Gets the prompt to show.</summary>
    public string Prompt { get; }

    /// <summary>Gets a value indicating whether the typed text should be hidden.</summary>
    public bool IsPassword { get; }
}
