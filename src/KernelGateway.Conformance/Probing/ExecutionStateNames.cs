namespace KernelGateway.Conformance.Probing;

/// <summary>The values of <c>execution_state</c>, as they are on the wire.</summary>
internal static class ExecutionStateNames
{
    public const string Busy = "busy";
    public const string Idle = "idle";
    public const string Starting = "starting";
}
