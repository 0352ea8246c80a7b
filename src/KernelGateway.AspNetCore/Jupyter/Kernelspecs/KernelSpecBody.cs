using System.ComponentModel;
using KernelGateway.Kernelspecs;

namespace KernelGateway.AspNetCore.Jupyter.Kernelspecs;

/// <summary>A kernelspec as Jupyter's clients know it.</summary>
[Description("An installed description of how to start a kernel.")]
internal sealed record KernelSpecBody(
    [property: Description("Its name, by which kernels are started.")] string Name,
    [property: Description("What its `kernel.json` says.")] KernelSpecFileBody Spec,
    [property: Description("URL paths of its logos and scripts: `logo-64x64`, `logo-svg`, `kernel.js`, and so on.")]
    IReadOnlyDictionary<string, string> Resources)
{
    /// <summary>Describes a kernelspec.</summary>
    /// <param name="spec">The kernelspec.</param>
    /// <param name="urlOf">Gives the URL path of a file of it.</param>
    public static KernelSpecBody Of(KernelSpec spec, Func<string, string> urlOf) => new(
        spec.Name,
        KernelSpecFileBody.Of(spec),
        KernelSpecFiles.Resources(spec).ToDictionary(resource => resource.Key, resource => urlOf(resource.FileName), StringComparer.Ordinal));
}
