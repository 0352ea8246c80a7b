using System.CommandLine;
using KernelGateway.ControlPlane.Engines;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.Server.Sandboxes;

/// <summary><c>kernel-gateway sandboxes check</c>: what this machine allows.</summary>
internal sealed class CheckCommand
{
    private readonly Option<string> _engine = SandboxEngines.CreateOption();

    public static Command Create() => new CheckCommand().Build();

    private Command Build()
    {
        var command = new Command(
            "check",
            "Says what this machine allows an engine, and what to install or switch on. It changes nothing. The exit code is 1 "
            + "when no sandbox can be created.")
        {
            _engine,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var output = parsed.InvocationConfiguration.Output;
        var name = parsed.GetRequiredValue(_engine);

        // The engine touches its directory with its first sandbox only.
        await using var engine = SandboxEngines.Create(name, Path.GetTempPath(), NullLoggerFactory.Instance, TimeProvider.System);
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
