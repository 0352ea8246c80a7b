using System.ComponentModel;
using KernelGateway.Contexts;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>A context as the E2B SDKs know it.</summary>
[Description("A lasting place to run code, backed by one kernel.")]
internal sealed record ContextBody(
    [property: Description("The id: a UUID.")] string Id,
    [property: Description("The language, in lower case.")] string Language,
    [property: Description("The working directory in which its kernel starts.")] string Cwd,
    [property: Description("The kernelspec of its kernel, for E2B's SDKs of mid-2024; the language where the kernel is attached.")] string Name)
{
    public static ContextBody From(CodeContext context) =>
        new(context.Id, context.Language, context.WorkingDirectory, context.Kernel.Spec?.Name ?? context.Language);
}

/// <summary>Everything about a context.</summary>
[Description("A context and its state.")]
internal sealed record ContextDetailBody(
    [property: Description("The id: a UUID.")] string Id,
    [property: Description("The language, in lower case.")] string Language,
    [property: Description("The working directory in which its kernel starts.")] string Cwd,
    [property: Description("When it was created, UTC.")] DateTimeOffset CreatedAt,
    [property: Description("The state of its kernel: `launching`, `ready`, `restarting`, `dead` or `shut_down`.")] string State,
    [property: Description("The kernelspec its kernel was started from; null for an attached kernel.")] string? Kernelspec,
    [property: Description("The process id of its kernel; null for an attached kernel and while no process runs.")] int? ProcessId,
    [property: Description("Ids of processes that its code forked and that continue to run the kernel's program (no exec): workers of multiprocessing, or a child that left its cell without `_exit` and uses a core until the context is removed.")] IReadOnlyList<int> ForkedProcesses,
    [property: Description("The connection file of its kernel, with which programs on the same machine connect to it; null if the gateway wrote none.")] string? ConnectionFile,
    [property: Description("How often its kernel was restarted after it had died.")] int AutomaticRestarts,
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
