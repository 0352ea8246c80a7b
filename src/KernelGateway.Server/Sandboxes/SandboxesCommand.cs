using System.CommandLine;
using KernelGateway.Server.Exec;
using KernelGateway.Server.Sandboxes.Client;

namespace KernelGateway.Server.Sandboxes;

/// <summary><c>kernel-gateway sandboxes</c>.</summary>
internal static class SandboxesCommand
{
    public static Command Create() => new(
        "sandboxes", "Serves many isolated sandboxes behind one address, and uses those of a running service.")
    {
        SandboxesServeCommand.Create(),
        CheckCommand.Create(),
        KeysCommand.Create(),
        ListCommand.Create(),
        CreateCommand.Create(),
        KillCommand.Create(),
        LogsCommand.Create(),
        ExecCommand.Create(new SandboxGatewayOptions(), "in a sandbox", "sandbox"),
        ShellCommand.Create(new SandboxGatewayOptions(), "in a sandbox", "sandbox"),
    };
}
