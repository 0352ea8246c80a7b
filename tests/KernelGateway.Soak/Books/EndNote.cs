namespace KernelGateway.Soak.Books;

/// <summary>How an execution ended, as reported to a client.</summary>
/// <param name="Reason">The published name of the reason; for a WebSocket client the status of the reply.</param>
/// <param name="IsComplete">Whether the gateway reports that no output is missing.</param>
/// <param name="Message">The message of the end, or null.</param>
internal sealed record EndNote(string Reason, bool IsComplete, string? Message)
{
    public const string Completed = "completed";
    public const string Error = "error";
    public const string Interrupted = "interrupted";
    public const string TimedOut = "timed_out";
    public const string KernelDied = "kernel_died";
    public const string Restarted = "restarted";
    public const string Removed = "removed";
    public const string Rejected = "rejected";
    public const string Aborted = "aborted";
    public const string Unanswered = "unanswered";
}
