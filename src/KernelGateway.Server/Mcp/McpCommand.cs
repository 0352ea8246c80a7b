using System.CommandLine;
using KernelGateway.Mcp;
using KernelGateway.SandboxServices;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Remote;
using KernelGateway.Server.Run;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;

namespace KernelGateway.Server.Mcp;

/// <summary><c>kernel-gateway mcp</c>.</summary>
internal sealed class McpCommand
{
    private const string TokenVariable = "KERNELGATEWAY_TOKEN";
    private const string ServerTokenVariable = "KERNELGATEWAY__HTTP__TOKEN";

    private readonly CommonOptions _common = new();

    private readonly Option<string?> _url = new("--url")
    {
        Description = "Attach to the running gateway at this address, or unix:PATH for its Unix socket. Default: start a gateway in this process.",
        HelpName = "URL",
    };

    private readonly Option<string?> _token = new("--token")
    {
        Description = $"With --url: the gateway's token. Default: the environment variable {TokenVariable}, else {ServerTokenVariable}. "
            + "Other users of the machine can read a command line.",
        HelpName = "TOKEN",
    };

    public static Command Create() => new McpCommand().Build();

    private Command Build()
    {
        var command = new Command(
            "mcp",
            "Serves agents over the Model Context Protocol on standard input and output, until its input ends. Its kernels end with it, those of a running "
            + "gateway (--url) do not.")
        {
            _url, _token,
        };
        _common.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_token) is not null && result.GetValue(_url) is null) result.AddError("--token is for --url.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var interrupt = new InterruptSignal(cancellationToken);
        try
        {
            if (parsed.GetValue(_url) is { } url) await AttachAsync(url, parsed.GetValue(_token), interrupt.Token);
            else await ServeAsync(_common.Load(parsed, _common.Read(parsed)), interrupt.Token);
            return ExitCodes.Success;
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception exception) when (exception is KernelGatewayException or SettingsException or OptionsValidationException or IOException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Usage;
        }
    }

    private static async Task ServeAsync(Settings settings, CancellationToken cancellationToken)
    {
        await using var gateway = await RunCommand.CreateBuilder(settings).StartAsync(cancellationToken);
        var sandbox = settings.ReadServer().Services.IsEnabled && OperatingSystem.IsLinux() ? gateway.Sandbox : null;
        await using var mcp = new KernelGatewayMcp(LocalBackend.Create(gateway, sandbox));
        var options = new McpServerOptions();
        mcp.ApplyTo(options);
        await using var transport = new StdioServerTransport(options);
        await using var server = McpServer.Create(transport, options);
        await server.RunAsync(cancellationToken);
    }

    private static async Task AttachAsync(string url, string? token, CancellationToken cancellationToken)
    {
        var address = RemoteAddress.TryParse(url) ?? throw new SettingsException(
            $"--url: '{url}' is not an address such as http://localhost:49999 or unix:/run/gateway.sock.");
        using var remote = new RemoteServer(address, "gateway");
        await using var transport = new StdioServerTransport("kernel-gateway");
        token ??= RemoteCommandOptions.Read(TokenVariable) ?? RemoteCommandOptions.Read(ServerTokenVariable);
        await using var relay = new McpRelay(transport, remote, token);
        await relay.RunAsync(cancellationToken);
    }
}
