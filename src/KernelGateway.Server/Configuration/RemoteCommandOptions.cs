using System.CommandLine;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Configuration;

/// <summary>The options of commands that talk to a running gateway.</summary>
internal sealed class RemoteCommandOptions : IGatewayOptions
{
    private const string DefaultUrl = "http://localhost:49999";
    private const string UrlVariable = "KERNELGATEWAY_URL";
    private const string TokenVariable = "KERNELGATEWAY_TOKEN";

    // Of "serve", whose environment the commands may share.
    private const string ServerTokenVariable = "KERNELGATEWAY__HTTP__TOKEN";

    private readonly Option<string?> _url = new("--url")
    {
        Description = "The address of the gateway, or unix:PATH for its Unix socket. Default: the environment variable "
            + $"{UrlVariable}, else {DefaultUrl}.",
        HelpName = "URL",
    };

    private readonly Option<string?> _token = new("--token")
    {
        Description = $"The gateway's token. Default: the environment variable {TokenVariable}, else {ServerTokenVariable}. "
            + "Other users of the machine can read a command line.",
        HelpName = "TOKEN",
    };

    private readonly Option<string?> _user = new("--user", "-u")
    {
        Description = "The user of the gateway's machine. Default: that of the gateway.",
        HelpName = "NAME",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_url);
        command.Options.Add(_token);
        command.Options.Add(_user);
    }

    /// <summary>Creates the client. It connects when something is asked for.</summary>
    /// <exception cref="SettingsException">The address cannot be used.</exception>
    public RemoteGateway Connect(ParseResult parsed)
    {
        var url = parsed.GetValue(_url) ?? Read(UrlVariable) ?? DefaultUrl;
        var address = RemoteAddress.TryParse(url) ?? throw new SettingsException(
            $"--url: '{url}' is not an address such as {DefaultUrl} or unix:/run/gateway.sock.");
        return new RemoteGateway(
            address,
            parsed.GetValue(_token) ?? Read(TokenVariable) ?? Read(ServerTokenVariable),
            parsed.GetValue(_user) is { Length: > 0 } user ? user : null);
    }

    public Task<GatewayConnection> ConnectAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        Task.FromResult(new GatewayConnection(Connect(parsed)));

    /// <summary>Reads a variable of the environment; null when it is not set or empty.</summary>
    public static string? Read(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
