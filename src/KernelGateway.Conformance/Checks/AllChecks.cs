namespace KernelGateway.Conformance.Checks;

/// <summary>
/// All checks, in the order in which they are run: observations first, then requests, then load, then checks that end kernels.
/// </summary>
internal static class AllChecks
{
    public static IReadOnlyList<Check> InOrder { get; } =
    [
        .. WireChecks.All, .. HeaderChecks.All, .. StatusChecks.All, .. KernelInfoChecks.All, .. ExecuteChecks.All,
            .. SilentChecks.All,
        .. IntrospectionChecks.All, .. HistoryChecks.All, .. OtherRequestChecks.All, .. ControlChecks.All, .. ClientChecks.All,
        .. DisplayChecks.All, .. StdinChecks.All, .. HeartbeatChecks.All, .. QueueChecks.All, .. InterruptChecks.All,
            .. LoadChecks.All,
        .. SignatureChecks.All, .. LifecycleChecks.All,
    ];
}
