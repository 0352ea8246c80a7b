using System.CommandLine;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Exec;

/// <summary>The options of the commands that start a process at a gateway, and what these have in common.</summary>
internal sealed class ProcessCommandOptions(IGatewayOptions gatewayOptions)
{
    private readonly Option<string?> _directory = new("--cwd")
    {
        Description = "The working directory of the process. Default: that of commands that name none.",
        HelpName = "DIRECTORY",
    };

    private readonly Option<string[]> _variables = new("--env", "-e")
    {
        Description = "Set this environment variable; without a value, pass the local one on. Repeatable.",
        HelpName = "NAME[=VALUE]",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_directory);
        command.Options.Add(_variables);
        gatewayOptions.AddTo(command);
    }

    public string? ReadDirectory(ParseResult parsed) => parsed.GetValue(_directory);

    /// <summary>Reads the variables.</summary>
    /// <exception cref="SettingsException">A variable has no name.</exception>
    public Dictionary<string, string> ReadVariables(ParseResult parsed)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in parsed.GetValue(_variables) ?? [])
        {
            var end = text.IndexOf('=', StringComparison.Ordinal);
            if (end == 0 || text.Length == 0) throw new SettingsException("--env: a variable has no name.");
            if (end > 0) variables[text[..end]] = text[(end + 1)..];
            else if (Environment.GetEnvironmentVariable(text) is { } value) variables[text] = value;
        }

        return variables;
    }

    /// <summary>Connects to the gateway and runs a process there; a failure becomes a message and an exit code.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="isTerminal">Whether the process has a terminal, which makes signals of keys itself.</param>
    /// <param name="runAsync">Runs the process and returns its exit code.</param>
    /// <param name="cancellationToken">Cancelled when this command is to end.</param>
    public async Task<int> RunAsync(
        ParseResult parsed, bool isTerminal, Func<RemoteGateway, SignalForwarder, Task<int>> runAsync, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        using var signals = new SignalForwarder(isTerminal, cancellationToken);
        try
        {
            await using var connection = await gatewayOptions.ConnectAsync(parsed, signals.Ending);
            return await runAsync(connection.Gateway, signals);
        }
        catch (OperationCanceledException) when (signals.Ending.IsCancellationRequested)
        {
            return signals.ExitCode;
        }
        catch (SettingsException exception)
        {
            await error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Usage;
        }
        catch (RemoteException exception)
        {
            await error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return GetExitCode(exception);
        }
    }

    // For a failure that is not one of the process.
    private static int GetExitCode(RemoteException exception) => exception.Problem == RemoteProblem.InvalidArgument
        ? ExitCodes.RemoteNotStarted
        : ExitCodes.RemoteFailure;
}
