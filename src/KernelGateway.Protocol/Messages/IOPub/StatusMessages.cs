using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.IOPub;

/// <summary>Reports that the kernel is starting, busy or idle.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel status.</remarks>
public sealed record StatusOutput : IMessageContent<StatusOutput>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.Status;

    /// <summary>Gets the state.</summary>
    public ExecutionState ExecutionState { get; init; }

    /// <inheritdoc/>
    public static StatusOutput Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new StatusOutput
        {
            ExecutionState = ExecutionStates.Parse(fields["execution_state"u8].AsText()),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("execution_state"u8, ExecutionStates.ToWire(ExecutionState));
        writer.WriteEndObject();
    }
}

/// <summary>The state that a kernel, or a server in its place, publishes on iopub.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel status.</remarks>
public enum ExecutionState
{
    /// <summary>A state this library does not know.</summary>
    Unknown,

    /// <summary>The process has started; published once, and often lost because no client has subscribed yet.</summary>
    Starting,

    /// <summary>The request that is this message's parent is being processed.</summary>
    Busy,

    /// <summary>The request that is this message's parent is done.</summary>
    Idle,

    /// <summary>Published by a server: the kernel died and is being started again.</summary>
    Restarting,

    /// <summary>Published by a server: the kernel died and is not started again.</summary>
    Dead,
}

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
