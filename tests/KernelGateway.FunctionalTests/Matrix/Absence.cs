namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>A feature that a kernel does not have.</summary>
/// <param name="Why">The reason, as it is shown in the table.</param>
/// <param name="Code">Code that would use the feature. It ends without the feature.</param>
internal sealed record Absence(string Why, string Code);
