using System.ComponentModel;
using KernelGateway.Kernelspecs;

namespace KernelGateway.AspNetCore.Jupyter.Kernelspecs;

/// <summary>The content of a <c>kernel.json</c>, complete: clients drop kernelspecs that lack a field.</summary>
[Description("What a `kernel.json` says.")]
internal sealed record KernelSpecFileBody(
    [property: Description("The command, with its placeholders.")] IReadOnlyList<string> Argv,
    [property: Description("The variables it adds to the kernel's environment.")] IReadOnlyDictionary<string, string> Env,
    [property: Description("The name shown to people.")] string DisplayName,
    [property: Description("The language the kernel runs.")] string Language,
    [property: Description("`signal` or `message`.")] string InterruptMode,
    [property: Description("What else it says: any object.")] object Metadata,
    [property: Description("The protocol version the kernel claims to implement; empty when it does not say.")] string KernelProtocolVersion)
{
    public static KernelSpecFileBody Of(KernelSpec spec) => new(
        spec.Argv,
        spec.Environment,
        spec.DisplayName,
        spec.Language,
        spec.InterruptMode == KernelInterruptMode.Message ? "message" : "signal",
        spec.Metadata,
        spec.KernelProtocolVersion ?? "");
}
