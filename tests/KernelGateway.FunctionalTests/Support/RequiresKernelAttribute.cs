using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Marks a test that runs a real kernel.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class RequiresKernelAttribute() : CategoryAttribute("RequiresKernel");
