namespace KernelGateway.Executions;

/// <summary>The code waits for a line of input.</summary>
public sealed class InputRequestEvent : ExecutionEvent
{
    /// <summary>Gets the prompt to show.</summary>
    public required string Prompt { get; init; }

    /// <summary>Gets a value indicating whether the typed text should be hidden.</summary>
    public bool IsPassword { get; init; }
}
