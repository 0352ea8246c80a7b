using System.CommandLine;
using KernelGateway.Kernelspecs;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Kernels;

/// <summary><c>kernel-gateway kernels</c>.</summary>
internal sealed class KernelsCommand
{
    private readonly CommonOptions _common = new();

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object instead of a table." };

    public static Command Create() => new KernelsCommand().Build();

    private Command Build()
    {
        var command = new Command("kernels", "Lists the installed kernelspecs and their directories; broken ones with the error.")
        {
            _json,
        };
        _common.AddPathsTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new KernelGatewayOptions();
        try
        {
            _common.Load(parsed).Apply(options);
        }
        catch (SettingsException exception)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Usage;
        }

        var listing = await new KernelSpecCatalog(options.KernelSpecs).ListAllAsync(cancellationToken);
        var output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(_json)) await output.WriteLineAsync(KernelListing.ToJson(listing));
        else KernelListing.Print(listing, output);
        return listing.KernelSpecs.Count > 0 ? ExitCodes.Success : ExitCodes.Failure;
    }
}
