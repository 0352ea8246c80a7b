using System.ComponentModel;
using KernelGateway.Kernelspecs;

namespace KernelGateway.AspNetCore.Jupyter.Kernelspecs;

/// <summary>The installed kernelspecs.</summary>
[Description("The installed kernelspecs.")]
internal sealed record KernelSpecsBody(
    [property: Description("The name of the default kernelspec.")] string Default,
    [property: Description("All of them, by name.")] IReadOnlyDictionary<string, KernelSpecBody> Kernelspecs);

/// <summary>A kernelspec as Jupyter's clients know it.</summary>
[Description("An installed description of how to start a kernel.")]
internal sealed record KernelSpecBody(
    [property: Description("Its name, with which kernels are started.")] string Name,
    [property: Description("What its `kernel.json` says.")] KernelSpecFileBody Spec,
    [property: Description("URL paths of its logos and scripts: `logo-64x64`, `logo-svg`, `kernel.js`, and so on.")]
    IReadOnlyDictionary<string, string> Resources)
{
    /// <summary>Describes a kernelspec.</summary>
    /// <param name="spec">The kernelspec.</param>
    /// <param name="urlOf">Gives the URL path of a file of it.</param>
    public static KernelSpecBody Create(KernelSpec spec, Func<string, string> urlOf) => new(
        spec.Name,
        KernelSpecFileBody.From(spec),
        KernelSpecFiles.Resources(spec).ToDictionary(resource => resource.Key, resource => urlOf(resource.FileName), StringComparer.Ordinal));
}

/// <summary>The content of a <c>kernel.json</c>, complete: clients drop kernelspecs that lack a field.</summary>
[Description("What a `kernel.json` says.")]
internal sealed record KernelSpecFileBody(
    [property: Description("The command, with its placeholders.")] IReadOnlyList<string> Argv,
    [property: Description("The variables that it adds to the kernel's environment.")] IReadOnlyDictionary<string, string> Env,
    [property: Description("The name shown to people.")] string DisplayName,
    [property: Description("The language the kernel runs.")] string Language,
    [property: Description("`signal` or `message`.")] string InterruptMode,
    [property: Description("Other data: any object.")] object Metadata,
    [property: Description("The protocol version that the kernel claims to implement; empty if it states none.")] string KernelProtocolVersion)
{
    public static KernelSpecFileBody From(KernelSpec spec) => new(
        spec.Argv,
        spec.Environment,
        spec.DisplayName,
        spec.Language,
        spec.InterruptMode == KernelInterruptMode.Message ? "message" : "signal",
        spec.Metadata,
        spec.KernelProtocolVersion ?? "");
}
