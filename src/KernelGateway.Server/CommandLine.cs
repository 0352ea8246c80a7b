using System.CommandLine;
using System.CommandLine.Invocation;
using KernelGateway.Launching.Processes;
using KernelGateway.Server.Conformance;
using KernelGateway.Server.Copy;
using KernelGateway.Server.Exec;
using KernelGateway.Server.Kernels;
using KernelGateway.Server.Mcp;
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
            McpCommand.Create(),
        };

    /// <summary>Runs the command that the arguments name; returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        OwnProcess.Protect();

        // Signals are the commands' own business: a server stops its kernels first, a run interrupts its kernel.
        var parsed = Create().Parse(arguments);
        var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

        // The parser's exit code for an invalid command line is 1, which here means that code raised an error or a check failed.
        return parsed.Action is ParseErrorAction ? ExitCodes.Usage : exitCode;
    }
}
