using System.CommandLine;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Sandboxes.Client;

/// <summary><c>kernel-gateway sandboxes kill</c>.</summary>
internal sealed class KillCommand
{
    private readonly PlaneAddressOptions _plane = new();

    private readonly Argument<string[]> _ids = new("id")
    {
        Description = "The sandboxes.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _all = new("--all")
    {
        Description = "End all sandboxes of the API key's team, also paused ones.",
    };

    public static Command Create() => new KillCommand().Build();

    private Command Build()
    {
        var command = new Command(
            "kill", "Ends sandboxes and removes their files. The exit code is 2 when one does not exist; the others are ended.")
        {
            _ids, _all,
        };
        _plane.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_all) == result.GetValue(_ids) is { Length: > 0 }) result.AddError("Give ids, or --all.");
        });
        command.SetAction((parsed, cancellationToken) =>
            _plane.RunAsync(parsed, plane => KillAsync(parsed, plane, cancellationToken)));
        return command;
    }

    private async Task<int> KillAsync(ParseResult parsed, RemoteControlPlane plane, CancellationToken cancellationToken)
    {
        var isAll = parsed.GetValue(_all);
        var ids = isAll ? await ListAsync(plane, cancellationToken) : parsed.GetValue(_ids)!;
        var code = ExitCodes.Success;
        foreach (var id in ids)
        {
            try
            {
                await plane.KillAsync(id, cancellationToken);
            }
            catch (RemoteException exception) when (isAll && exception.Problem == RemoteProblem.NotFound)
            {
                // It has ended since it was listed.
            }
            catch (RemoteException exception) when (exception.Problem is RemoteProblem.NotFound or RemoteProblem.InvalidArgument)
            {
                code = await PlaneAddressOptions.ReportAsync(parsed, exception);
            }
        }

        return code;
    }

    private static async Task<IEnumerable<string>> ListAsync(RemoteControlPlane plane, CancellationToken cancellationToken)
    {
        var all = await plane.ListAsync(states: null, new Dictionary<string, string>(), cancellationToken);
        return all.Select(sandbox => sandbox.Id);
    }
}
