using System.CommandLine;
using KernelGateway.Server.Conformance;
using KernelGateway.Server.Copy;
using KernelGateway.Server.Exec;
using KernelGateway.Server.Kernels;
using KernelGateway.Server.Record;
using KernelGateway.Server.Run;
using KernelGateway.Server.Sandboxes;
using KernelGateway.Server.Serve;
using KernelGateway.Server.Templates;

namespace KernelGateway.Server;

/// <summary>The command and its subcommands.</summary>
internal static class CommandLine
{
    public static RootCommand Create() =>
        new("Runs code in Jupyter kernels: over HTTP, or here in the terminal.")
        {
            ServeCommand.Create(),
            RunCommand.Create(),
            KernelsCommand.Create(),
            RecordCommand.Create(),
            ConformanceCommand.Create(),
            ExecCommand.Create(),
            ShellCommand.Create(),
            CopyCommand.Create(),
            SandboxesCommand.Create(),
            TemplatesCommand.Create(),
        };
}
