using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>The test runs a real kernel.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class RequiresKernelAttribute() : CategoryAttribute("RequiresKernel");
