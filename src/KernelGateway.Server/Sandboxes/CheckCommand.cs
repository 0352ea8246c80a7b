using System.CommandLine;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.Server.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.Server.Sandboxes;

/// <summary><c>kernel-gateway sandboxes check</c>: what this machine allows.</summary>
internal sealed class CheckCommand
{
    private readonly EngineCommandOptions _engine = new();

    public static Command Create() => new CheckCommand().Build();

    private Command Build()
    {
        var command = new Command(
            "check",
            "Says what this machine allows an engine, and what to install or switch on. It changes nothing. The exit code is 1 "
            + "when no sandbox can be created.");
        _engine.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            return await CheckAsync(parsed, cancellationToken);
        }
        catch (SettingsException exception)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Usage;
        }
    }

    private async Task<int> CheckAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var output = parsed.InvocationConfiguration.Output;

        // The engine touches its directory with its first sandbox only.
        await using var engine = _engine.Create(parsed, Path.GetTempPath(), NullLoggerFactory.Instance, TimeProvider.System);
        var report = await engine.CheckAsync(cancellationToken);
        var width = report.Features.Max(feature => feature.Name.Length);
        foreach (var feature in report.Features)
            await output.WriteLineAsync($"{feature.Name.PadRight(width)}  {Describe(feature),-7}  {feature.Detail}");
        await output.WriteLineAsync(report.CanCreate
            ? $"The engine '{report.EngineName}' can create sandboxes on this machine."
            : $"The engine '{report.EngineName}' cannot create sandboxes on this machine.");
        return report.CanCreate ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static string Describe(EngineFeature feature) => (feature.IsAllowed, feature.IsRequired) switch
    {
        (true, _) => "yes",
        (false, true) => "missing",
        (false, false) => "no",
    };
}
