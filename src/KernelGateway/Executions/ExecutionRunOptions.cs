namespace KernelGateway.Executions;

/// <summary>The rules by which a run decides on its end.</summary>
/// <param name="Grace">How long the reply waits for the idle status, or the idle status for the reply.</param>
/// <param name="MaxOutputBytes">How much output it may produce before it is interrupted.</param>
/// <param name="ReportsErrorsAsOk">The kernel answers ok to interrupted and failed code alike.</param>
/// <param name="MayResend">
/// Says whether an abort before the kernel began with the code is not the end, because it will be sent again; null for never.
/// </param>
internal sealed record ExecutionRunOptions(TimeSpan Grace, long MaxOutputBytes, bool ReportsErrorsAsOk, Func<bool>? MayResend = null)
{
    /// <summary>
    /// Gets how long the end is delayed after reply and idle status have arrived; output in that time restarts the delay.
    /// </summary>
    public TimeSpan Settle { get; init; }

    /// <summary>Gets a value indicating whether a client answers when the code asks for input.</summary>
    public bool AllowsInput { get; init; } = true;

    /// <summary>Gets a function that returns whether received output waits for an observer; null when it never does.</summary>
    public Func<bool>? IsOutputHeldBack { get; init; }
}
