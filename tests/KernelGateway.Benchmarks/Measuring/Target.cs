using System.Globalization;

namespace KernelGateway.Benchmarks.Measuring;

/// <summary>The target of a row: a limit for its median, or for the ratio of the medians of the gateway and a reference.</summary>
/// <param name="Reference">The position of the reference among the contenders; 0 (the gateway) for a limit on the median itself.</param>
/// <param name="Kind">The direction of the limit.</param>
/// <param name="Limit">The limit: a ratio, or a value in the quantity of the row.</param>
internal sealed record Target(int Reference, TargetKind Kind, double Limit)
{
    public static Target AtMost(double ratio, int reference) => new(reference, TargetKind.AtMost, ratio);

    public static Target AtLeast(double ratio, int reference) => new(reference, TargetKind.AtLeast, ratio);

    public static Target Below(int reference) => new(reference, TargetKind.Below, 1);

    public static Target Within(double value) => new(0, TargetKind.AtMost, value);

    public bool IsReached(double value) => Kind switch
    {
        TargetKind.AtMost => value <= Limit,
        TargetKind.AtLeast => value >= Limit,
        _ => value < Limit,
    };

    public string Describe(Quantity quantity)
    {
        var sign = Kind switch { TargetKind.AtMost => "<=", TargetKind.AtLeast => ">=", _ => "<" };
        return $"{sign} {(Reference == 0 ? quantity.Format(Limit) : Limit.ToString("0.00", CultureInfo.InvariantCulture))}";
    }
}
