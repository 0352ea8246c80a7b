using System.CommandLine;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Remote;
using KernelGateway.Server.Run;

namespace KernelGateway.Server.Copy;

/// <summary><c>kernel-gateway cp</c>: copies files to and from the machine of a gateway.</summary>
internal sealed class CopyCommand
{
    private readonly RemoteCommandOptions _remote = new();

    private readonly Argument<string> _source = new("SRC") { Description = "What is copied." };

    private readonly Argument<string> _target = new("DST")
    {
        Description = "Where it is copied to. In an existing directory it gets the name of SRC; the content of a directory DIR "
            + "is copied with DIR/. as SRC.",
    };

    public static Command Create() => new CopyCommand().Build();

    private Command Build()
    {
        var command = new Command(
            "cp",
            "Copies a file or a directory between this machine and that of a running gateway. The path of the gateway's machine "
            + "is written with a colon before it, as in 'cp data :data': an absolute one, one below the home of the user, or "
            + "none for the working directory. '-' is the standard input or output. Existing files are overwritten. Exit codes: 0, 1 "
            + "when something could not be copied, 2 when the command line is invalid.")
        {
            _source, _target,
        };
        _remote.AddTo(command);
        command.Validators.Add(result =>
        {
            var source = CopyPath.Parse(result.GetValue(_source) ?? "");
            var target = CopyPath.Parse(result.GetValue(_target) ?? "");
            if (source.IsRemote == target.IsRemote)
                result.AddError("Exactly one of SRC and DST is a path of the gateway's machine, written ':PATH'.");
            else if ((source.IsRemote ? target : source).Text.Length == 0)
                result.AddError("The path on this machine is empty.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        var source = CopyPath.Parse(parsed.GetValue(_source)!);
        var target = CopyPath.Parse(parsed.GetValue(_target)!);
        using var interrupt = new InterruptSignal(cancellationToken);
        var report = new CopyReport(error, new CopyProgress(Console.IsErrorRedirected ? null : error, TimeProvider.System));
        try
        {
            using var gateway = _remote.Connect(parsed);
            if (source.IsRemote) await new Download(gateway, report).RunAsync(source, target, interrupt.Token);
            else await new Upload(gateway, report).RunAsync(source, target, interrupt.Token);
            return ExitCodes.Success;
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (SettingsException exception)
        {
            await error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Usage;
        }
        catch (Exception exception) when (exception is RemoteException or CopyException or IOException
            or UnauthorizedAccessException)
        {
            report.Progress.End();
            await error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Failure;
        }
    }
}
