namespace KernelGateway.Benchmarks.Measuring;

/// <summary>The direction of a limit.</summary>
internal enum TargetKind
{
    AtMost,
    AtLeast,
    Below,
}
