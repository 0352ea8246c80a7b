using System.Text.Json;

namespace KernelGateway.Telemetry;

/// <summary>The published names of instruments and attributes. A name is never changed once it is released.</summary>
internal static class TelemetryNames
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Source = "KernelGateway";

    public const string Contexts = "kernelgateway.context.count";
    public const string Kernels = "kernelgateway.kernel.count";
    public const string KernelRestarts = "kernelgateway.kernel.restarts";
    public const string ActiveExecutions = "kernelgateway.execution.active";
    public const string Executions = "kernelgateway.executions";
    public const string ExecutionDuration = "kernelgateway.execution.duration";
    public const string QueueDuration = "kernelgateway.execution.queue.duration";
    public const string MemoryUsage = "kernelgateway.memory.usage";
    public const string JournalMemory = "kernelgateway.journal.memory.usage";
    public const string JournalSpill = "kernelgateway.journal.spill.usage";
    public const string DroppedMessages = "kernelgateway.messages.dropped";
    public const string WebSocketConnections = "kernelgateway.websocket.connection.count";
    public const string WebSocketResumes = "kernelgateway.websocket.resumes";

    public const string ContextId = "kernelgateway.context.id";
    public const string ExecutionId = "kernelgateway.execution.id";
    public const string Language = "kernelgateway.language";
    public const string KernelName = "kernelgateway.kernel.name";
    public const string KernelState = "kernelgateway.kernel.state";
    public const string RestartCause = "kernelgateway.kernel.restart.cause";
    public const string ExecutionStatus = "kernelgateway.execution.status";
    public const string EndReason = "kernelgateway.execution.end_reason";
    public const string StoppedBy = "kernelgateway.execution.stopped_by";
    public const string DropStage = "kernelgateway.drop.stage";
    public const string DropReason = "kernelgateway.drop.reason";

    /// <summary>From OpenTelemetry's semantic conventions, as the one below.</summary>
    public const string ErrorType = "error.type";
    public const string ProcessId = "process.pid";

    /// <summary>
    /// The event of an execution's span when its code is sent to the kernel: the time before it is the time in the queue.
    /// </summary>
    public const string SentEvent = "kernelgateway.execution.sent";

    /// <summary>The value in place of the kernelspec for an attached kernel.</summary>
    public const string AttachedKernel = "attached";

    /// <summary>Returns the published name of an enumeration's value: <c>BadSignature</c> is <c>bad_signature</c>.</summary>
    public static string ToName<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
