using KernelGateway.Launching;

namespace KernelGateway.Kernels;

/// <summary>How a kernel's process and connection ended.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Exit">The exit code or signal, if a process of the gateway ended by itself.</param>
/// <param name="StandardErrorTail">The last lines the process wrote to its standard error.</param>
/// <param name="Explanation">A sentence that explains the reason; null when there is none.</param>
internal sealed record KernelCloseInfo(
    KernelCloseReason Reason, KernelExit? Exit = null, string StandardErrorTail = "", string? Explanation = null)
{
    /// <summary>Describes the end in a sentence.</summary>
    public string Describe()
    {
        if (Explanation is not null) return Explanation;
        var sentence = Reason switch
        {
            KernelCloseReason.Died => $"The kernel's process ended: {Exit?.ToString() ?? "status unknown"}.",
            KernelCloseReason.ConnectionLost => "The connection to the kernel was lost and its heartbeat is silent.",
            KernelCloseReason.Restarted => "The kernel was restarted.",
            _ => "The kernel was shut down.",
        };
        var tail = StandardErrorTail.Trim();
        return Reason == KernelCloseReason.Died && tail.Length > 0 ? $"{sentence} Its standard error ends with:\n{tail}" : sentence;
    }
}
