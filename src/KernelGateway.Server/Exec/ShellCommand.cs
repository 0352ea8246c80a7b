using System.CommandLine;
using System.Runtime.Versioning;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Exec;

/// <summary><c>kernel-gateway shell</c> and <c>sandboxes shell</c>: show a terminal of a gateway's machine in this one.</summary>
internal sealed class ShellCommand(IGatewayOptions gatewayOptions)
{
    private const int BlockBytes = 4 * 1024;

    // Whether bash is installed is known on the other machine only.
    private const string FindShell = "if command -v bash >/dev/null 2>&1; then exec bash -i -l; else exec sh -i -l; fi";

    private readonly ProcessCommandOptions _process = new(gatewayOptions);

    private readonly Argument<string[]> _command = new("CMD")
    {
        Description = "A program and its arguments in place of the shell. Write -- before them if they contain options.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Create() => Create(new RemoteCommandOptions(), "on the machine of a running gateway", "gateway");

    /// <summary>Creates the command.</summary>
    /// <param name="gatewayOptions">Say which gateway.</param>
    /// <param name="where">Where the terminal is, for the help.</param>
    /// <param name="place">The place in one word.</param>
    public static Command Create(IGatewayOptions gatewayOptions, string where, string place) =>
        new ShellCommand(gatewayOptions).Build(where, place);

    private Command Build(string where, string place)
    {
        var command = new Command(
            "shell",
            $"Opens a terminal {where} and shows it in this one. It runs a login shell: bash, or sh "
            + $"where that is not installed. The exit code is that of the shell; 125 when the {place} cannot be used; 127 when "
            + "the program cannot be started.");
        _process.AddTo(command);
        command.Arguments.Add(_command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        if (!OperatingSystem.IsLinux() || !LocalTerminal.Exists)
        {
            await error.WriteLineAsync(
                "kernel-gateway: 'shell' needs a terminal of Linux for its input and output; 'exec' runs commands without one.");
            return ExitCodes.Usage;
        }

        return await ShowAsync(parsed, cancellationToken);
    }

    [SupportedOSPlatform("linux")]
    private Task<int> ShowAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        _process.RunAsync(parsed, isTerminal: true, (gateway, signals) => RunAsync(parsed, gateway, signals), cancellationToken);

    [SupportedOSPlatform("linux")]
    private async Task<int> RunAsync(ParseResult parsed, RemoteGateway gateway, SignalForwarder signals)
    {
        using var terminal = new LocalTerminal();
        await using var process = await gateway.Processes.StartAsync(Describe(parsed, terminal), signals.Ending);
        signals.Start(process);
        terminal.Open();
        terminal.FollowSize((columns, rows) => _ = ResizeAsync(process, columns, rows, signals.Ending));

        // The size may have changed since it was sent.
        var (columns, rows) = terminal.Size;
        await ResizeAsync(process, columns, rows, signals.Ending);
        _ = Task.Run(() => StandardStreams.PassInputAsync(process, BlockBytes, closesAtEnd: false, signals.Ending), CancellationToken.None);
        await foreach (var output in process.ReadOutputAsync())
            if (!StandardStreams.TryWrite(StandardStreams.Output, output.Data.Span)) break;
        return process.End?.ExitCode ?? ExitCodes.RemoteFailure;
    }

    private RemoteStart Describe(ParseResult parsed, LocalTerminal terminal)
    {
        var words = parsed.GetValue(_command) is { Length: > 0 } given ? given : ["/bin/sh", "-c", FindShell];
        var variables = _process.ReadVariables(parsed);
        variables.TryAdd("TERM", Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } kind ? kind : "xterm-256color");

        // Without it, shells take each byte of a character for a character of its own.
        variables.TryAdd("LANG", "C.UTF-8");
        return new RemoteStart
        {
            Command = words[0],
            Arguments = words[1..],
            Variables = variables,
            WorkingDirectory = _process.ReadDirectory(parsed),
            Terminal = terminal.Size,
        };
    }

    private static async Task ResizeAsync(RemoteProcess process, int columns, int rows, CancellationToken cancellationToken)
    {
        try
        {
            await process.ResizeAsync(columns, rows, cancellationToken);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The command is ending.
        }
    }
}
