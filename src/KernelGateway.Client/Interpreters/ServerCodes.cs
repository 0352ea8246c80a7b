namespace KernelGateway.Client.Interpreters;

/// <summary>The codes of a gateway's errors that the client knows. They are never renamed.</summary>
internal static class ServerCodes
{
    public const string ContextNotFound = "context_not_found";
    public const string ContextLimit = "context_limit";
    public const string ExecutionNotFound = "execution_not_found";
    public const string QueueFull = "queue_full";
    public const string MemoryLimit = "memory_limit";
    public const string KernelSpecNotFound = "kernelspec_not_found";
    public const string NotWaitingForInput = "not_waiting_for_input";
    public const string AttachedKernel = "attached_kernel";
    public const string MalformedRequest = "malformed_request";
    public const string TooLarge = "too_large";
    public const string InvalidNotebook = "invalid_notebook";
}
