namespace KernelGateway.AspNetCore.Errors;

/// <summary>The published codes of problem details. A code is never renamed.</summary>
internal static class ProblemCodes
{
    public const string MalformedRequest = "malformed_request";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string Unauthorized = "unauthorized";
    public const string HostNotAllowed = "host_not_allowed";
    public const string OriginNotAllowed = "origin_not_allowed";
    public const string NotLoopback = "not_loopback";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string NotFound = "not_found";
    public const string ContextNotFound = "context_not_found";
    public const string KernelSpecNotFound = "kernelspec_not_found";
    public const string InvalidNotebook = "invalid_notebook";
    public const string KernelNotStarted = "kernel_not_started";
    public const string ExecutionNotFound = "execution_not_found";
    public const string NotWaitingForInput = "not_waiting_for_input";
    public const string TooLarge = "too_large";
    public const string QueueFull = "queue_full";
    public const string MemoryLimit = "memory_limit";
    public const string ContextLimit = "context_limit";
    public const string AttachedKernel = "attached_kernel";
    public const string IdempotencyKeyReused = "idempotency_key_reused";
    public const string RestartRefused = "restart_refused";
    public const string InternalError = "internal_error";
    public const string Stopping = "stopping";
}
