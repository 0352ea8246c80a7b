using System.ComponentModel;

namespace KernelGateway.AspNetCore.Jupyter.Kernelspecs;

/// <summary>The installed kernelspecs.</summary>
[Description("The installed kernelspecs.")]
internal sealed record KernelSpecsBody(
    [property: Description("The name of the one that is started when none is named.")] string Default,
    [property: Description("All of them, by name.")] IReadOnlyDictionary<string, KernelSpecBody> Kernelspecs);
