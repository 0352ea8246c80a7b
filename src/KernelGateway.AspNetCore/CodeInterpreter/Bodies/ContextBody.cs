using System.ComponentModel;
using KernelGateway.Contexts;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>A context as the E2B SDKs know it.</summary>
[Description("A lasting place to run code, backed by one kernel.")]
internal sealed record ContextBody(
    [property: Description("The id: a UUID.")] string Id,
    [property: Description("The language, in lower case.")] string Language,
    [property: Description("The working directory its kernel starts in.")] string Cwd)
{
    public static ContextBody From(CodeContext context) => new(context.Id, context.Language, context.WorkingDirectory);
}

/// <summary>Everything about a context.</summary>
[Description("A context and what it is doing.")]
internal sealed record ContextDetailBody(
    [property: Description("The id: a UUID.")] string Id,
    [property: Description("The language, in lower case.")] string Language,
    [property: Description("The working directory its kernel starts in.")] string Cwd,
    [property: Description("When it was created, UTC.")] DateTimeOffset CreatedAt,
    [property: Description("What is known of its kernel: `launching`, `ready`, `restarting`, `dead` or `shut_down`.")] string State,
    [property: Description("The kernelspec its kernel was started from; null for an attached kernel.")] string? Kernelspec,
    [property: Description("The process id of its kernel; null while there is no process of the gateway's.")] int? ProcessId,
    [property: Description("Processes that its code forked and that continue to run the kernel's program (no exec): workers of multiprocessing, or a child that left its cell without `_exit` and uses a core until the context is removed.")] IReadOnlyList<int> ForkedProcesses,
    [property: Description("The connection file of its kernel, by which programs on the same machine connect to it; null when there is none of the gateway's.")] string? ConnectionFile,
    [property: Description("How often its kernel was restarted because it had died.")] int AutomaticRestarts,
    [property: Description("Whether variables of one execution (`env_vars`) can be set in its language.")] bool SupportsEnvVars,
    [property: Description("The id of the execution that runs at this moment, or null.")] string? RunningExecution,
    [property: Description("How many executions wait.")] int QueuedExecutions)
{
    public static ContextDetailBody From(CodeContext context) => new(
        context.Id,
        context.Language,
        context.WorkingDirectory,
        context.CreatedAt,
        WireNames.Get(context.Kernel.State),
        context.Kernel.Spec?.Name,
        context.Kernel.ProcessId,
        context.Kernel.FindForkedProcesses(),
        context.Kernel.ConnectionFilePath,
        context.Kernel.AutomaticRestarts,
        context.SupportsExecutionVariables,
        context.CurrentExecution?.Id,
        context.QueuedExecutions);
}
