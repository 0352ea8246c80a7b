using System.CommandLine;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using KernelGateway.Server.Configuration;
using Microsoft.Extensions.Options;

namespace KernelGateway.Server.Run;

/// <summary><c>kernel-gateway run</c>.</summary>
internal sealed class RunCommand
{
    private readonly CommonOptions _common = new();

    private readonly Argument<string?> _file = new("FILE")
    {
        Description = "The file to run, or a notebook (.ipynb); '-' reads code from standard input.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _code = new("--code", "-c") { Description = "The code itself, instead of a file.", HelpName = "CODE" };

    private readonly Option<string?> _kernel = new("--kernel") { Description = "Run it in the kernel of this kernelspec.", HelpName = "NAME" };

    private readonly Option<string?> _language = new("--language", "-l")
    {
        Description = "Run it in a kernel of this language. Default: by the file's extension, else python.",
        HelpName = "LANGUAGE",
    };

    private readonly Option<double?> _timeout = new("--timeout")
    {
        Description = "Interrupt the code, or a cell of the notebook, after this number of seconds. Default: no limit.",
        HelpName = "SECONDS",
    };

    private readonly Option<string?> _images = new("--images")
    {
        Description = "Save images in this directory, which is created if necessary. Default: the current directory.",
        HelpName = "DIRECTORY",
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "Write the notebook with its outputs to this file, which may be FILE itself, instead of showing them.",
        HelpName = "OUT.ipynb",
    };

    private readonly Option<bool> _allowErrors = new("--allow-errors")
    {
        Description = "Continue with the next cells of the notebook after a cell that raises.",
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
            "Runs code or a notebook in a new context and prints its output. Results are printed as text, images are saved as files. Exit codes: 0, 1 when the "
            + "code raised or its kernel died, 2 when it could not be run, 124 when its time limit passed, 130 after Ctrl-C.")
        {
            _file, _code, _kernel, _language, _timeout, _images, _output, _allowErrors,
        };
        _common.AddTo(command);
        command.Validators.Add(result =>
        {
            var hasFile = result.GetValue(_file) is not null;
            var hasCode = result.GetValue(_code) is not null;
            if (hasFile == hasCode) result.AddError("Give either a FILE ('-' for standard input) or -c CODE.");
            var forNotebooks = result.GetValue(_output) is not null || result.GetValue(_allowErrors);
            if (forNotebooks && !NotebookFile.IsNotebook(result.GetValue(_file))) result.AddError("-o and --allow-errors are for notebooks (FILE.ipynb).");
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
            var builder = CreateBuilder(_common.Load(parsed, _common.Read(parsed)));
            if (NotebookFile.IsNotebook(parsed.GetValue(_file))) return await RunNotebookAsync(parsed, builder, interrupt);
            var source = await CodeSource.ReadAsync(parsed.GetValue(_file), parsed.GetValue(_code), cancellationToken);
            await using var gateway = await builder.StartAsync(interrupt.Token);
            var context = await gateway.Contexts.CreateAsync(
                new CreateContextOptions
                {
                    KernelSpecName = parsed.GetValue(_kernel),
                    Language = parsed.GetValue(_language) ?? (parsed.GetValue(_kernel) is null ? source.Language : null),
                },
                interrupt.Token);
            var terminal = TerminalOf(parsed);
            var execution = context.Submit(source.Code, new ExecutionOptions
            {
                AllowStdin = !source.IsStandardInput,
                Timeout = TimeoutOf(parsed),
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

    /// <summary>Creates the builder of a gateway in this process, as the settings say.</summary>
    internal static GatewayBuilder CreateBuilder(Settings settings)
    {
        var builder = new GatewayBuilder();
        settings.Apply(builder.Options);
        return settings.ReadServer().Transport == MessageTransport.NetMQ ? builder.UseNetMQ() : builder;
    }

    private async Task<int> RunNotebookAsync(ParseResult parsed, GatewayBuilder builder, InterruptSignal interrupt)
    {
        var path = parsed.GetValue(_file)!;
        var output = parsed.GetValue(_output) is { } wanted ? NotebookFile.At(wanted) : null;
        var notebook = await NotebookFile.ReadAsync(path, interrupt.Token);
        await using var gateway = await builder.StartAsync(interrupt.Token);
        var wantedContext = new CreateContextOptions
        {
            KernelSpecName = parsed.GetValue(_kernel),
            Language = parsed.GetValue(_language),

            // The directory of the notebook, as in Jupyter: it reads files beside it.
            WorkingDirectory = builder.Options.DefaultWorkingDirectory is null ? Path.GetDirectoryName(Path.GetFullPath(path)) : null,
        };
        var context = await NotebookRunner.CreateContextAsync(gateway, notebook, wantedContext, interrupt.Token);
        var terminal = TerminalOf(parsed);
        if (wantedContext is { KernelSpecName: null, Language: null } && notebook.KernelSpecName is { } named
            && !named.Equals(context.Kernel.Spec!.Name, StringComparison.OrdinalIgnoreCase))
        {
            terminal.WriteNotice($"the notebook's kernelspec '{named}' is not installed; it is run in '{context.Kernel.Spec.Name}'");
        }

        return await new NotebookTerminalRun(context, notebook, terminal, output).RunAsync(
            new NotebookRunOptions { AllowErrors = parsed.GetValue(_allowErrors), CellTimeout = TimeoutOf(parsed) },
            interrupt.Token);
    }

    private Terminal TerminalOf(ParseResult parsed)
    {
        var invocation = parsed.InvocationConfiguration;
        return new Terminal(invocation.Output, invocation.Error, new ImageFiles(parsed.GetValue(_images) ?? "."));
    }

    private TimeSpan? TimeoutOf(ParseResult parsed) => parsed.GetValue(_timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
}
