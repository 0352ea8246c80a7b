namespace KernelGateway.Kernelspecs;

/// <summary>A kernelspec directory whose <c>kernel.json</c> cannot be used.</summary>
/// <param name="Name">The kernelspec's name: the lower-cased name of its directory.</param>
/// <param name="ResourceDirectory">The directory.</param>
/// <param name="Problem">The problem, as a sentence.</param>
public sealed record BrokenKernelSpec(string Name, string ResourceDirectory, string Problem);
