using System.CommandLine;
using System.Globalization;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Teams;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Sandboxes;

/// <summary><c>kernel-gateway sandboxes keys</c>: the API keys, directly in the database.</summary>
internal sealed class KeysCommand
{
    private readonly PlaneCommandOptions _plane = new();

    private readonly Option<string> _team = new("--team")
    {
        Description = "The team of the key, which is created if there is none of that name.",
        HelpName = "NAME",
        DefaultValueFactory = _ => ApiKeys.DefaultTeam,
    };

    private readonly Option<string> _name = new("--name")
    {
        Description = "What the key is called in the list.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => "",
    };

    private readonly Argument<string> _id = new("id") { Description = "The id of the key, as the list shows it." };

    public static Command Create()
    {
        var command = new Command("keys", "Creates, lists and revokes the API keys of teams, also while the service runs.");
        foreach (var subcommand in new KeysCommand().Build()) command.Subcommands.Add(subcommand);
        return command;
    }

    private IEnumerable<Command> Build()
    {
        var create = new Command("create", "Creates a key and prints it. It is not shown again.") { _team, _name };
        create.SetAction((parsed, cancellationToken) => RunAsync(parsed, CreateAsync, cancellationToken));
        var list = new Command("list", "Lists the keys, with their first and last characters.");
        list.SetAction((parsed, cancellationToken) => RunAsync(parsed, ListAsync, cancellationToken));
        var revoke = new Command("revoke", "Revokes a key. A running service refuses it within two seconds.") { _id };
        revoke.SetAction((parsed, cancellationToken) => RunAsync(parsed, RevokeAsync, cancellationToken));
        foreach (var command in (Command[])[create, list, revoke])
        {
            _plane.AddTo(command);
            yield return command;
        }
    }

    private async Task<int> RunAsync(
        ParseResult parsed, Func<ParseResult, ApiKeys, CancellationToken, Task<int>> action, CancellationToken cancellationToken)
    {
        try
        {
            await using var database = _plane.CreateDatabase(parsed, _plane.CreateDataDirectory(parsed));
            var store = await ControlPlaneStore.OpenForKeysAsync(database, cancellationToken);
            return await action(parsed, new ApiKeys(store, TimeProvider.System), cancellationToken);
        }
        catch (Exception exception) when (exception is SettingsException or StorageException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return exception is SettingsException ? ExitCodes.Usage : ExitCodes.Failure;
        }
    }

    private async Task<int> CreateAsync(ParseResult parsed, ApiKeys keys, CancellationToken cancellationToken)
    {
        var (key, _) = await keys.CreateAsync(parsed.GetRequiredValue(_team), parsed.GetRequiredValue(_name), cancellationToken);
        await parsed.InvocationConfiguration.Output.WriteLineAsync(key);
        return ExitCodes.Success;
    }

    private async Task<int> ListAsync(ParseResult parsed, ApiKeys keys, CancellationToken cancellationToken)
    {
        var output = parsed.InvocationConfiguration.Output;
        foreach (var (key, team) in await keys.ListAsync(cancellationToken))
        {
            var created = key.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            await output.WriteLineAsync($"{key.Id}  {key.Mask}  {team}  {created}  {key.Name}".TrimEnd());
        }

        return ExitCodes.Success;
    }

    private async Task<int> RevokeAsync(ParseResult parsed, ApiKeys keys, CancellationToken cancellationToken)
    {
        var id = parsed.GetRequiredValue(_id);
        if (await keys.RevokeAsync(id, cancellationToken)) return ExitCodes.Success;
        await parsed.InvocationConfiguration.Error.WriteLineAsync($"kernel-gateway: there is no key with the id '{id}'.");
        return ExitCodes.Usage;
    }
}
