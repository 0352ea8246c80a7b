using System.Diagnostics;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Starts commands as a terminal does, with SIGHUP as it is by default; tests themselves may run under <c>nohup</c>.</summary>
internal static class TerminalCommand
{
    // It becomes the command: the process id is the command's.
    public static ProcessStartInfo Create(string program) => new("env", ["--default-signal=HUP", program]);
}
