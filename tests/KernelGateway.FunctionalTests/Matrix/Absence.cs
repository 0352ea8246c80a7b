namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>A feature that a kernel does not have.</summary>
/// <param name="Why">The reason, as it stands in the table.</param>
/// <param name="Code">Code that would use the feature; it ends without it.</param>
internal sealed record Absence(string Why, string Code);
