using System.CommandLine;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Sandboxes.Client;

/// <summary>
/// The options of commands that start a process in a sandbox: at its gateway, through the router of its control plane.
/// </summary>
internal sealed class SandboxGatewayOptions : IGatewayOptions
{
    private const string RouterVariable = "E2B_SANDBOX_URL";

    private readonly PlaneAddressOptions _plane = new();

    private readonly Argument<string> _id = new("id") { Description = "The sandbox." };

    private readonly Option<string?> _router = new("--sandbox-url")
    {
        Description = "The address that takes requests for sandboxes, with their ids in headers. Default: the environment "
            + $"variable {RouterVariable}, else the address of the control plane.",
        HelpName = "URL",
    };

    private readonly Option<string?> _user = new("--user", "-u")
    {
        Description = "The user of the sandbox. Default: that of the template.",
        HelpName = "NAME",
    };

    private readonly Option<int> _timeout = new("--timeout")
    {
        Description = "Let the sandbox live for at least this number of seconds from the start on; it is extended until the "
            + "process ends.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 300,
    };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_id);
        command.Options.Add(_user);
        command.Options.Add(_timeout);
        _plane.AddTo(command);
        command.Options.Add(_router);
    }

    public async Task<GatewayConnection> ConnectAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var seconds = parsed.GetValue(_timeout);
        if (seconds is < 1 or > LifetimeExtension.MaxSeconds)
            throw new SettingsException($"{_timeout.Name}: {seconds} is not between 1 and {LifetimeExtension.MaxSeconds}.");
        var router = (parsed.GetValue(_router) ?? RemoteCommandOptions.Read(RouterVariable)) is { } url
            ? PlaneAddressOptions.ReadAddress(_router.Name, url)
            : _plane.ReadAddress(parsed);
        var plane = _plane.Connect(parsed);
        try
        {
            var sandbox = await plane.ConnectAsync(parsed.GetRequiredValue(_id), seconds, cancellationToken);
            var user = parsed.GetValue(_user) is { Length: > 0 } name ? name : null;
            return new GatewayConnection(
                new RemoteGateway(router, sandbox.AccessToken, user, sandbox.Id),
                LifetimeExtension.Start(plane, sandbox.Id, seconds, TimeProvider.System));
        }
        catch (RemoteException exception) when (exception.Problem == RemoteProblem.InvalidArgument)
        {
            plane.Dispose();

            // Of a process it would mean that the program does not exist.
            throw new RemoteException(RemoteProblem.Other, exception.Message, exception);
        }
        catch
        {
            plane.Dispose();
            throw;
        }
    }
}
