using System.Diagnostics;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Starts commands as a terminal does, with the default action for SIGHUP. The tests themselves may run under <c>nohup</c>.</summary>
internal static class TerminalCommand
{
    // env replaces itself with the command, so the process id is that of the command.
    public static ProcessStartInfo Create(string program) => new("env", ["--default-signal=HUP", program]);
}
