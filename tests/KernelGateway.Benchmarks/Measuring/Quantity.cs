using System.Globalization;

namespace KernelGateway.Benchmarks.Measuring;

/// <summary>The quantity and unit of the samples of a row.</summary>
internal enum Quantity
{
    /// <summary>Seconds; less is better.</summary>
    Time,

    /// <summary>Bytes per second; more is better.</summary>
    Rate,

    /// <summary>Bytes; less is better.</summary>
    Memory,
}

internal static class QuantityExtensions
{
    private const double Million = 1e6;

    /// <summary>Gets the percentile at the slow end: 99 of 100 samples are at least as good.</summary>
    public static double SlowEnd(this Quantity quantity) => quantity == Quantity.Rate ? 1 : 99;

    public static string Format(this Quantity quantity, double value) => quantity switch
    {
        Quantity.Time when value < 1e-3 => string.Create(CultureInfo.InvariantCulture, $"{value * 1e6:0.0} us"),
        Quantity.Time => string.Create(CultureInfo.InvariantCulture, $"{value * 1e3:0.00} ms"),
        Quantity.Rate => string.Create(CultureInfo.InvariantCulture, $"{value / Million:0} MB/s"),
        Quantity.Memory => string.Create(CultureInfo.InvariantCulture, $"{value / Million:0.0} MB"),
        _ => throw new ArgumentOutOfRangeException(nameof(quantity), quantity, null),
    };
}
