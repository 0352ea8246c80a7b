using System.CommandLine;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Server.Configuration;
using Microsoft.Extensions.Options;

namespace KernelGateway.Server.Run;

/// <summary><c>kernel-gateway run</c>.</summary>
internal sealed class RunCommand
{
    private readonly CommonOptions _common = new();

    private readonly Argument<string?> _file = new("FILE")
    {
        Description = "The file whose code to run; '-' reads it from standard input.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _code = new("--code", "-c") { Description = "The code itself, instead of a file.", HelpName = "CODE" };

    private readonly Option<string?> _kernel = new("--kernel") { Description = "Run it in the kernel of this kernelspec.", HelpName = "NAME" };

    private readonly Option<string?> _language = new("--language", "-l")
    {
        Description = "Run it in a kernel of this language. Default: by the file's ending, else python.",
        HelpName = "LANGUAGE",
    };

    private readonly Option<double?> _timeout = new("--timeout")
    {
        Description = "Interrupt the code after so many seconds. Default: no limit.",
        HelpName = "SECONDS",
    };

    private readonly Option<string?> _images = new("--images")
    {
        Description = "Save images in this directory, which is made if need be. Default: the present one.",
        HelpName = "DIRECTORY",
    };

    public static Command Create() => new RunCommand().Build();

    private Command Build()
    {
        _timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is not ((> 0 and < 1e6) or null)) result.AddError("--timeout is a number of seconds above 0.");
        });
        var command = new Command(
            "run",
            "Runs code in a fresh context: output as it comes, results as text, images as files. The exit code is 0, 1 when the code raised "
            + "or its kernel died, 2 when it could not be run, 124 when its time was up, 130 after Ctrl-C.")
        {
            _file, _code, _kernel, _language, _timeout, _images,
        };
        _common.AddTo(command);
        command.Validators.Add(result =>
        {
            var hasFile = result.GetValue(_file) is not null;
            var hasCode = result.GetValue(_code) is not null;
            if (hasFile == hasCode) result.AddError("Give either a FILE ('-' for standard input) or -c CODE.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var invocation = parsed.InvocationConfiguration;
        using var interrupt = new InterruptSignal(cancellationToken);
        try
        {
            var source = await CodeSource.ReadAsync(parsed.GetValue(_file), parsed.GetValue(_code), cancellationToken);
            var options = new KernelGatewayOptions();
            Settings.Load(_common.Read(parsed)).Apply(options);
            await using var gateway = await Gateway.StartAsync(options, cancellationToken: interrupt.Token);
            var context = await gateway.Contexts.CreateAsync(
                new CreateContextOptions
                {
                    KernelSpecName = parsed.GetValue(_kernel),
                    Language = parsed.GetValue(_language) ?? (parsed.GetValue(_kernel) is null ? source.Language : null),
                },
                interrupt.Token);
            var terminal = new Terminal(invocation.Output, invocation.Error, new ImageFiles(parsed.GetValue(_images) ?? "."));
            var execution = context.Submit(source.Code, new ExecutionOptions
            {
                AllowStdin = !source.IsStandardInput,
                Timeout = parsed.GetValue(_timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            });
            return await new TerminalRun(execution, terminal, interrupt).WaitAsync();
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception exception) when (exception is KernelGatewayException or SettingsException or OptionsValidationException
            or IOException or UnauthorizedAccessException or ArgumentException)
        {
            await invocation.Error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Usage;
        }
    }
}
