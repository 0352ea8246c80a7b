namespace KernelGateway.Executions;

/// <summary>What an execution needs to know to judge its own end.</summary>
/// <param name="Grace">How long one half of the end waits for the other.</param>
/// <param name="MaxOutputBytes">How much output it may produce before it is interrupted.</param>
/// <param name="ReportsErrorsAsOk">The kernel answers ok to interrupted and failed code alike.</param>
/// <param name="MayResend">
/// Says whether an abort before the kernel began with the code is not the end, because it will be sent again; null for never.
/// </param>
internal sealed record ExecutionRunOptions(TimeSpan Grace, long MaxOutputBytes, bool ReportsErrorsAsOk, Func<bool>? MayResend = null)
{
    /// <summary>Gets how long the end is held back after both halves of it were seen; output in that time restarts it.</summary>
    public TimeSpan Settle { get; init; }

    /// <summary>Gets a value indicating whether a client answers when the code asks for input.</summary>
    public bool AllowsInput { get; init; } = true;

    /// <summary>Gets what tells whether output that has been received waits for an observer; null when it never does.</summary>
    public Func<bool>? IsOutputHeldBack { get; init; }
}
