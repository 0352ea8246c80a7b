using System.CommandLine;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Sandboxes.Client;

/// <summary><c>kernel-gateway sandboxes create</c>.</summary>
internal sealed class CreateCommand
{
    private readonly PlaneAddressOptions _plane = new();

    private readonly Argument<string> _template = new("template")
    {
        Description = "The template or snapshot that it is created from.",
        DefaultValueFactory = _ => "base",
    };

    private readonly Option<int?> _timeout = new("--timeout")
    {
        Description = "The lifetime in seconds. Default: that of the control plane.",
        HelpName = "SECONDS",
    };

    private readonly Option<string[]> _metadata = new("--metadata", "-m")
    {
        Description = "Give it this metadata, by which it is found in lists. Repeatable.",
        HelpName = "NAME=VALUE",
    };

    private readonly Option<string[]> _variables = new("--env", "-e")
    {
        Description = "Set this environment variable for its kernels and commands. Repeatable.",
        HelpName = "NAME=VALUE",
    };

    private readonly Option<bool> _offline = new("--no-internet")
    {
        Description = "Create it without connections to the outside.",
    };

    private readonly Option<bool> _pauses = new("--auto-pause")
    {
        Description = "Pause it at the end of its lifetime. Default: it is killed.",
    };

    public static Command Create() => new CreateCommand().Build();

    private Command Build()
    {
        var command = new Command("create", "Creates a sandbox and prints its id when it can be used.")
        {
            _template, _timeout, _metadata, _variables, _offline, _pauses,
        };
        _plane.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            _plane.RunAsync(parsed, plane => CreateAsync(parsed, plane, cancellationToken)));
        return command;
    }

    private async Task<int> CreateAsync(ParseResult parsed, RemoteControlPlane plane, CancellationToken cancellationToken)
    {
        var request = new RemoteSandboxRequest
        {
            Template = parsed.GetRequiredValue(_template),
            TimeoutSeconds = parsed.GetValue(_timeout),
            Metadata = PairOptions.Read(_metadata.Name, parsed.GetValue(_metadata)),
            Variables = PairOptions.Read(_variables.Name, parsed.GetValue(_variables)),
            AllowsInternet = parsed.GetValue(_offline) ? false : null,
            PausesAtEnd = parsed.GetValue(_pauses),
        };
        await parsed.InvocationConfiguration.Output.WriteLineAsync(await plane.CreateAsync(request, cancellationToken));
        return ExitCodes.Success;
    }
}
