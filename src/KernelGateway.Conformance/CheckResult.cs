namespace KernelGateway.Conformance;

/// <summary>The result of one check of one kernel.</summary>
/// <param name="Check">The check.</param>
/// <param name="Outcome">The verdict.</param>
/// <param name="Seen">What was observed, or why nothing could be observed.</param>
/// <param name="Duration">How long the check took.</param>
public sealed record CheckResult(CheckInfo Check, CheckOutcome Outcome, string Seen, TimeSpan Duration);
