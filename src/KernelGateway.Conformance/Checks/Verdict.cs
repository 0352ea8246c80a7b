namespace KernelGateway.Conformance.Checks;

/// <summary>The result of a check.</summary>
internal readonly record struct Verdict(CheckOutcome Outcome, string Seen)
{
    public static Verdict Pass(string seen) => new(CheckOutcome.Pass, seen);

    public static Verdict Fail(string seen) => new(CheckOutcome.Fail, seen);

    public static Verdict NotApplicable(string why) => new(CheckOutcome.NotApplicable, why);

    public static Verdict When(bool holds, string seen) => holds ? Pass(seen) : Fail(seen);

    /// <summary>Judges many items: fails with the first few wrong ones, and is not applicable without items.</summary>
    public static Verdict ForEach<T>(IReadOnlyCollection<T> items, Func<T, string?> fault, string what)
    {
        if (items.Count == 0) return NotApplicable($"no {what} were seen");
        var faults = items.Select(fault).OfType<string>().ToList();
        if (faults.Count == 0) return Pass($"{items.Count} {what}");
        var kinds = faults.Distinct().Take(3);
        return Fail($"{faults.Count} of {items.Count} {what}: {string.Join("; ", kinds)}");
    }
}
