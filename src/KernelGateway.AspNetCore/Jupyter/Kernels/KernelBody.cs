using System.ComponentModel;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.Contexts;
using Newtonsoft.Json;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary>A kernel as Jupyter's clients know it.</summary>
[Description("A kernel. It is also the context of the same id.")]
internal sealed record KernelBody(
    [property: Description("The id: a UUID.")] string Id,
    [property: Description("The name of its kernelspec.")] string Name,
    [property: Description("The time of its last activity for a client, UTC, with six digits.")] string LastActivity,
    [property: Description("`starting`, `idle`, `busy`, `restarting`, `dead`, or a state of the kernel's own.")] string ExecutionState,
    [property: Description("The number of clients connected to its channels.")] int Connections,
    [property: Description("Why the previous process ended, or could not be started; absent if that never happened, or if a client has restarted the kernel since.")]
    [property: JsonProperty(NullValueHandling = NullValueHandling.Ignore)]
    string? Reason)
{
    public static KernelBody Create(CodeContext context, string name)
    {
        var activity = context.Kernel.Activity;
        return new KernelBody(
            context.Id,
            name,
            WireTime.Format(activity.LastActivity),
            activity.ExecutionState,
            activity.Connections,
            context.Kernel.LastFailure);
    }
}
