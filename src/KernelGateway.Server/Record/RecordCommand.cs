using System.CommandLine;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching.Local;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Record;

/// <summary><c>kernel-gateway record</c>.</summary>
internal sealed class RecordCommand
{
    private readonly CommonOptions _common = new();

    private readonly Argument<string> _kernelSpec = new("KERNELSPEC") { Description = "The kernelspec of the kernel to record." };

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "The file to write: one line per message, with its frames as they were on the wire.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string?> _language = new("--language", "-l")
    {
        Description = "The language of the script. Default: that of the kernelspec.",
        HelpName = "LANGUAGE",
    };

    private readonly Option<string?> _interrupt = new("--interrupt")
    {
        Description = "How the long cell is interrupted: signal or message. Default: as in the kernelspec.",
        HelpName = "KIND",
    };

    public static Command Create() => new RecordCommand().Build();

    private Command Build()
    {
        _interrupt.AcceptOnlyFromAmong("signal", "message");
        var command = new Command(
            "record",
            "Starts a kernel, runs a fixed script (output, errors, a queue, requests, stdin, an interrupt, shutdown) and writes "
            + "the conversation to a file that tests can replay.")
        {
            _kernelSpec, _output, _language, _interrupt,
        };
        _common.AddPathsTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        try
        {
            var options = new KernelGatewayOptions();
            _common.Load(parsed).Apply(options);
            var spec = await new KernelSpecCatalog(options.KernelSpecs).GetAsync(parsed.GetValue(_kernelSpec)!, cancellationToken);
            if (RecordingScript.Find(parsed.GetValue(_language) ?? spec.Language) is not { } script)
            {
                await error.WriteLineAsync(
                    $"kernel-gateway: there is no script for '{spec.Language}'; --language may be {string.Join(", ", RecordingScript.Languages)}.");
                return ExitCodes.Usage;
            }

            var kind = parsed.GetValue(_interrupt) ?? (spec.InterruptMode == KernelInterruptMode.Message ? "message" : "signal");
            await using var provisioner = new LocalKernelProvisioner(options.Launching);
            var lines = await new Recorder(provisioner, spec, script, kind).RecordAsync(cancellationToken);
            await File.WriteAllLinesAsync(parsed.GetValue(_output)!, lines, cancellationToken);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"{lines.Count - 1} messages recorded.");
            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is KernelGatewayException or SettingsException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Usage;
        }
    }
}
