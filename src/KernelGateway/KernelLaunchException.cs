using KernelGateway.Launching;

namespace KernelGateway;

/// <summary>A kernel could not be started. No process, file or address of the attempt is left.</summary>
public sealed class KernelLaunchException : KernelGatewayException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="reason">Why the kernel could not be started.</param>
    /// <param name="kernelSpecName">The kernelspec that was to be started.</param>
    /// <param name="message">What failed and what can be done about it.</param>
    /// <param name="exit">How the process ended, if it was started and ended by itself.</param>
    /// <param name="standardErrorTail">The end of what the process wrote to its standard error.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public KernelLaunchException(
        LaunchFailureReason reason,
        string kernelSpecName,
        string message,
        KernelExit? exit = null,
        string standardErrorTail = "",
        Exception? innerException = null)
        : base(message, innerException)
    {
        Reason = reason;
        KernelSpecName = kernelSpecName;
        Exit = exit;
        StandardErrorTail = standardErrorTail;
    }

    /// <summary>Gets why the kernel could not be started.</summary>
    public LaunchFailureReason Reason { get; }

    /// <summary>Gets the name of the kernelspec that was to be started.</summary>
    public string KernelSpecName { get; }

    /// <summary>Gets how the process ended; null when it was never started or had to be ended by us.</summary>
    public KernelExit? Exit { get; }

    /// <summary>Gets the end of what the process wrote to its standard error; empty when there is none.</summary>
    public string StandardErrorTail { get; }

    /// <inheritdoc/>
    public override bool IsTransient =>
        Reason is LaunchFailureReason.ResourcesExhausted or LaunchFailureReason.AddressInUse or LaunchFailureReason.NotReadyInTime;

    /// <summary>Creates the exception for a process that ended before its kernel was ready.</summary>
    /// <param name="kernelSpecName">The kernelspec that was started.</param>
    /// <param name="exit">How the process ended.</param>
    /// <param name="standardErrorTail">The end of its standard error.</param>
    public static KernelLaunchException ExitedEarly(string kernelSpecName, KernelExit exit, string standardErrorTail)
    {
        var message = $"The kernel '{kernelSpecName}' ended before it was ready ({exit})."
            + Hint(standardErrorTail) + Quote(standardErrorTail);
        return new KernelLaunchException(LaunchFailureReason.ExitedEarly, kernelSpecName, message, exit, standardErrorTail);
    }

    /// <summary>Creates the exception for a kernel that did not become ready in time.</summary>
    /// <param name="kernelSpecName">The kernelspec that was started.</param>
    /// <param name="waited">How long it had.</param>
    /// <param name="standardErrorTail">The end of its standard error.</param>
    public static KernelLaunchException NotReadyInTime(string kernelSpecName, TimeSpan waited, string standardErrorTail)
    {
        var message = $"The kernel '{kernelSpecName}' was started but did not become ready within {waited.TotalSeconds:0.###} s."
            + Quote(standardErrorTail);
        return new KernelLaunchException(
            LaunchFailureReason.NotReadyInTime, kernelSpecName, message, standardErrorTail: standardErrorTail);
    }

    /// <summary>Creates the exception for a running kernel that does not answer.</summary>
    /// <param name="connectionFilePath">The connection file of the kernel.</param>
    /// <param name="waited">How long it had.</param>
    internal static KernelLaunchException NotAnswering(string connectionFilePath, TimeSpan waited) => new(
        LaunchFailureReason.NotReadyInTime,
        "",
        $"No kernel answered at the addresses in '{connectionFilePath}' within {waited.TotalSeconds:0.###} s. Is it still running, and is the file its newest?");

    // The most frequent failure of a Python kernelspec whose command is just "python": PATH has another interpreter of that name.
    private static string Hint(string tail) =>
        tail?.Contains("No module named", StringComparison.Ordinal) == true
            ? " The Python interpreter that was used lacks a module the kernel needs; another one can be named in "
                + $"{nameof(LaunchOptions)}.{nameof(LaunchOptions.PythonInterpreter)} or in the kernelspec."
            : "";

    private static string Quote(string tail) =>
        string.IsNullOrWhiteSpace(tail)
            ? " It wrote nothing to its standard error."
            : $" The end of its standard error:{Environment.NewLine}{tail.TrimEnd()}";
}
