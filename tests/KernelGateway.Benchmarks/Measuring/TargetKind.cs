namespace KernelGateway.Benchmarks.Measuring;

/// <summary>The direction of a bound.</summary>
internal enum TargetKind
{
    AtMost,
    AtLeast,
    Below,
}
