using System.CommandLine;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Sandboxes.Client;

/// <summary>The options of commands that talk to a control plane: this one, or another with the same REST API.</summary>
internal sealed class PlaneAddressOptions
{
    private const string DefaultUrl = "http://localhost:3000";
    private const string UrlVariable = "E2B_API_URL";
    private const string KeyVariable = "E2B_API_KEY";

    private readonly Option<string?> _url = new("--url")
    {
        Description = $"The address of the control plane. Default: the environment variable {UrlVariable}, else {DefaultUrl}.",
        HelpName = "URL",
    };

    private readonly Option<string?> _key = new("--api-key")
    {
        Description = $"The API key. Default: the environment variable {KeyVariable}. Other users of the machine can read a "
            + "command line.",
        HelpName = "KEY",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_url);
        command.Options.Add(_key);
    }

    /// <summary>Reads the address.</summary>
    /// <exception cref="SettingsException">It cannot be used.</exception>
    public RemoteAddress ReadAddress(ParseResult parsed) =>
        ReadAddress(_url.Name, parsed.GetValue(_url) ?? RemoteCommandOptions.Read(UrlVariable) ?? DefaultUrl);

    /// <summary>Reads an address.</summary>
    /// <exception cref="SettingsException">It cannot be used.</exception>
    public static RemoteAddress ReadAddress(string option, string url) => RemoteAddress.TryParse(url)
        ?? throw new SettingsException($"{option}: '{url}' is not an address such as {DefaultUrl}.");

    /// <summary>Creates the client. It connects when something is asked for.</summary>
    /// <exception cref="SettingsException">The address cannot be used.</exception>
    public RemoteControlPlane Connect(ParseResult parsed) => new(ReadAddress(parsed), parsed.GetValue(_key) ?? RemoteCommandOptions.Read(KeyVariable));

    /// <summary>Asks the control plane for something; a failure becomes a message and an exit code.</summary>
    public async Task<int> RunAsync(ParseResult parsed, Func<RemoteControlPlane, Task<int>> runAsync)
    {
        try
        {
            using var plane = Connect(parsed);
            return await runAsync(plane);
        }
        catch (Exception exception) when (exception is SettingsException or RemoteException)
        {
            return await ReportAsync(parsed, exception);
        }
    }

    /// <summary>Writes a failure and returns the exit code for it.</summary>
    public static async Task<int> ReportAsync(ParseResult parsed, Exception exception)
    {
        await parsed.InvocationConfiguration.Error.WriteLineAsync($"kernel-gateway: {exception.Message}");
        return exception is RemoteException { Problem: not (RemoteProblem.NotFound or RemoteProblem.InvalidArgument) }
            ? ExitCodes.Failure
            : ExitCodes.Usage;
    }
}
