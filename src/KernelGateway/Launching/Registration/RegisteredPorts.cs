using System.Globalization;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Launching.Registration;

/// <summary>The ports a kernel has bound.</summary>
internal sealed record RegisteredPorts(int Shell, int IOPub, int Stdin, int Control, int Heartbeat)
{
    /// <summary>Reads the ports of a registration; null when one is missing or invalid.</summary>
    internal static RegisteredPorts? TryRead(JObject content)
    {
        return TryReadPort(content, "shell_port", out var shell)
            && TryReadPort(content, "iopub_port", out var iopub)
            && TryReadPort(content, "stdin_port", out var stdin)
            && TryReadPort(content, "control_port", out var control)
            && TryReadPort(content, "hb_port", out var heartbeat)
            ? new RegisteredPorts(shell, iopub, stdin, control, heartbeat)
            : null;
    }

    // The documentation shows numbers, xeus sends strings.
    private static bool TryReadPort(JObject content, string name, out int port)
    {
        port = content[name] switch
        {
            JValue { Value: string text } when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
            JValue { Value: long number and > 0 and <= ushort.MaxValue } => (int)number,
            _ => 0,
        };
        return port is > 0 and <= ushort.MaxValue;
    }
}
