namespace KernelGateway.Protocol.Messages.IOPub;

/// <summary>Translates execution states from and to their wire names.</summary>
internal static class ExecutionStates
{
    public static ExecutionState Parse(string? text) => text switch
    {
        "starting" => ExecutionState.Starting,
        "busy" => ExecutionState.Busy,
        "idle" => ExecutionState.Idle,
        "restarting" or "autorestarting" => ExecutionState.Restarting,
        "dead" => ExecutionState.Dead,
        _ => ExecutionState.Unknown,
    };

    public static string ToWire(ExecutionState state) => state switch
    {
        ExecutionState.Starting => "starting",
        ExecutionState.Busy => "busy",
        ExecutionState.Idle => "idle",
        ExecutionState.Restarting => "restarting",
        ExecutionState.Dead => "dead",
        _ => "unknown",
    };
}
