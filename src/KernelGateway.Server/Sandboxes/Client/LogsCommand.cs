using System.CommandLine;
using System.Globalization;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Sandboxes.Client;

/// <summary><c>kernel-gateway sandboxes logs</c>.</summary>
internal sealed class LogsCommand
{
    private readonly PlaneAddressOptions _plane = new();

    private readonly Argument<string> _id = new("id") { Description = "The sandbox." };

    private readonly Option<string?> _level = new("--level")
    {
        Description = "Print entries of this level and higher ones only. Default: all.",
        HelpName = "debug|info|warn|error",
    };

    public static Command Create() => new LogsCommand().Build();

    private Command Build()
    {
        _level.AcceptOnlyFromAmong("debug", "info", "warn", "error");
        var command = new Command(
            "logs",
            "Prints what the control plane did with a sandbox, not the output of its programs. The last 1000 entries are kept.")
        {
            _id, _level,
        };
        _plane.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            _plane.RunAsync(parsed, plane => PrintAsync(parsed, plane, cancellationToken)));
        return command;
    }

    private async Task<int> PrintAsync(ParseResult parsed, RemoteControlPlane plane, CancellationToken cancellationToken)
    {
        foreach (var entry in await plane.ReadLogAsync(parsed.GetRequiredValue(_id), parsed.GetValue(_level), cancellationToken))
        {
            var time = entry.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"{time}  {entry.Level,-5}  {entry.Message}");
        }

        return ExitCodes.Success;
    }
}
