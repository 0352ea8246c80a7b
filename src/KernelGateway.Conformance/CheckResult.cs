namespace KernelGateway.Conformance;

/// <summary>Is what one check found in one kernel.</summary>
/// <param name="Check">The check.</param>
/// <param name="Outcome">The verdict.</param>
/// <param name="Seen">What was seen, or why nothing could be.</param>
/// <param name="Duration">How long the check took.</param>
public sealed record CheckResult(CheckInfo Check, CheckOutcome Outcome, string Seen, TimeSpan Duration);
