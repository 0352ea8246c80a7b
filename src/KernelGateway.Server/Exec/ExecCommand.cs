using System.CommandLine;
using KernelGateway.Processes.Native;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Exec;

/// <summary><c>kernel-gateway exec</c> and <c>sandboxes exec</c>: run a command on the machine of a gateway.</summary>
internal sealed class ExecCommand(IGatewayOptions gatewayOptions)
{
    private const int BlockBytes = 64 * 1024;

    private readonly ProcessCommandOptions _process = new(gatewayOptions);

    private readonly Option<bool> _interactive = new("--interactive", "-i")
    {
        Description = "Pass the standard input on even if it is a terminal. Input from a pipe or a file is always passed on.",
    };

    private readonly Argument<string[]> _command = new("CMD")
    {
        Description = "The command and its arguments. No shell reads them: use sh -c 'CODE' for pipes and variables. Write -- "
            + "before them if they contain options.",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Command Create() => Create(new RemoteCommandOptions(), "on the machine of a running gateway", "gateway");

    /// <summary>Creates the command.</summary>
    /// <param name="gatewayOptions">Say which gateway.</param>
    /// <param name="where">Where the command runs, for the help.</param>
    /// <param name="place">The place in one word.</param>
    public static Command Create(IGatewayOptions gatewayOptions, string where, string place) =>
        new ExecCommand(gatewayOptions).Build(where, place);

    private Command Build(string where, string place)
    {
        var command = new Command(
            "exec",
            $"Runs a command {where}, with its input, output and errors here. Signals such as "
            + "Ctrl-C are sent to its process group. The exit code is that of the command; 128 and the number of the signal that "
            + $"ended it; 125 when the {place} cannot be used; 127 when the command cannot be started.");
        _process.AddTo(command);
        command.Arguments.Add(_command);
        command.Options.Add(_interactive);
        command.SetAction(RunAsync);
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        _process.RunAsync(parsed, isTerminal: false, (gateway, signals) => RunAsync(parsed, gateway, signals), cancellationToken);

    private async Task<int> RunAsync(ParseResult parsed, RemoteGateway gateway, SignalForwarder signals)
    {
        var hasInput = Console.IsInputRedirected || parsed.GetValue(_interactive);
        var words = parsed.GetValue(_command)!;
        await using var process = await gateway.Processes.StartAsync(
            new RemoteStart
            {
                Command = words[0],
                Arguments = words[1..],
                Variables = _process.ReadVariables(parsed),
                WorkingDirectory = _process.ReadDirectory(parsed),
                HasInput = hasInput,
            },
            signals.Ending);
        signals.Start(process);

        // It may wait for the terminal when the command has ended. The exit of this process does not wait for it.
        if (hasInput) _ = Task.Run(() => StandardStreams.PassInputAsync(process, BlockBytes, closesAtEnd: true, signals.Ending), CancellationToken.None);
        await PassOutputAsync(process, signals.Ending);
        return process.End!.ExitCode;
    }

    private static async Task PassOutputAsync(RemoteProcess process, CancellationToken cancellationToken)
    {
        var isRead = true;
        await foreach (var output in process.ReadOutputAsync())
        {
            var descriptor = output.IsError ? StandardStreams.Error : StandardStreams.Output;
            if (!isRead || StandardStreams.TryWrite(descriptor, output.Data.Span)) continue;

            // As a local command, whose output nobody reads any more.
            isRead = false;
            await process.SignalGroupAsync(Signals.BrokenPipe, cancellationToken);
        }
    }
}
