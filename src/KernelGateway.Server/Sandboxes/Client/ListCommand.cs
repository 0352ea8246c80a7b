using System.CommandLine;
using System.Globalization;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Sandboxes.Client;

/// <summary><c>kernel-gateway sandboxes list</c>.</summary>
internal sealed class ListCommand
{
    private readonly PlaneAddressOptions _plane = new();

    private readonly Option<string?> _state = new("--state")
    {
        Description = "List sandboxes of this state only. Default: all.",
        HelpName = "running|paused",
    };

    private readonly Option<string[]> _metadata = new("--metadata", "-m")
    {
        Description = "List sandboxes with this in their metadata only. Repeatable.",
        HelpName = "NAME=VALUE",
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print the ids only." };

    public static Command Create() => new ListCommand().Build();

    private Command Build()
    {
        _state.AcceptOnlyFromAmong("running", "paused");
        var command = new Command(
            "list",
            "Lists the sandboxes of the API key's team, the newest first: id, template, state, end of the lifetime, metadata.")
        {
            _state, _metadata, _quiet,
        };
        _plane.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            _plane.RunAsync(parsed, plane => ListAsync(parsed, plane, cancellationToken)));
        return command;
    }

    private async Task<int> ListAsync(ParseResult parsed, RemoteControlPlane plane, CancellationToken cancellationToken)
    {
        var metadata = PairOptions.Read(_metadata.Name, parsed.GetValue(_metadata));
        var sandboxes = await plane.ListAsync(parsed.GetValue(_state), metadata, cancellationToken);
        var width = sandboxes.Select(sandbox => sandbox.Template.Length).DefaultIfEmpty().Max();
        var isQuiet = parsed.GetValue(_quiet);
        foreach (var sandbox in sandboxes)
            await parsed.InvocationConfiguration.Output.WriteLineAsync(isQuiet ? sandbox.Id : Describe(sandbox, width));
        return ExitCodes.Success;
    }

    private static string Describe(RemoteSandbox sandbox, int width)
    {
        var end = sandbox.EndAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var metadata = string.Join(' ', sandbox.Metadata.Select(pair => $"{pair.Key}={pair.Value}"));
        return $"{sandbox.Id}  {sandbox.Template.PadRight(width)}  {sandbox.State,-7}  {end}  {metadata}".TrimEnd();
    }
}
