using System.CommandLine;

namespace KernelGateway.Server.Sandboxes;

/// <summary><c>kernel-gateway sandboxes</c>.</summary>
internal static class SandboxesCommand
{
    public static Command Create() => new("sandboxes", "Serves many isolated sandboxes behind one address.")
    {
        SandboxesServeCommand.Create(),
        KeysCommand.Create(),
    };
}
