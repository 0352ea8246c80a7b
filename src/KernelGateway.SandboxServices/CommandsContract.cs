using System.Text;
using KernelGateway.Sandboxes;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Users;

namespace KernelGateway.SandboxServices;

/// <summary>The member of <see cref="ISandboxCommands"/> over <see cref="SandboxCommands"/>, with the exceptions of the contract.</summary>
internal static class CommandsContract
{
    private const int KillSignal = 9;

    public static async Task<CommandOutcome> RunAsync(
        SandboxCommands commands, string command, CommandOptions options, CancellationToken cancellationToken)
    {
        if (options.Timeout is { } limit) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(options));
        var process = await StartAsync(commands, command, options, cancellationToken).ConfigureAwait(false);
        var output = new DecodedOutput(options.OnStdout);
        var error = new DecodedOutput(options.OnStderr);
        var isOver = false;
        try
        {
            await foreach (var piece in process.ReadOutputAsync(cancellationToken: cancellationToken).ConfigureAwait(false))
                (piece.Kind == ProcessOutputKind.StandardError ? error : output).Add(piece.Data.Span);
            var end = await process.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
            isOver = true;
            return new CommandOutcome(output.Complete(), error.Complete(), end.ExitCode) { Error = end.Error, WasTimeLimit = end.WasTimeLimit };
        }
        finally
        {
            // Cancelled, or a callback threw.
            if (!isOver) process.Signal(KillSignal);
        }
    }

    private static async Task<SandboxProcess> StartAsync(
        SandboxCommands commands, string command, CommandOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await commands.StartAsync(
                new ProcessStartOptions
                {
                    Command = "/bin/sh",
                    Arguments = ["-c", command],
                    Variables = options.EnvironmentVariables ?? new Dictionary<string, string>(),
                    WorkingDirectory = options.WorkingDirectory,
                    TimeLimit = options.Timeout,
                    HasInput = false,
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SandboxProcessException exception)
        {
            throw new SandboxException(Translate(exception.Reason), exception.Message, exception);
        }
        catch (UnknownUserException exception)
        {
            throw new SandboxException(SandboxError.InvalidArgument, exception.Message, exception);
        }
    }

    private static SandboxError Translate(ProcessErrorReason reason) => reason switch
    {
        ProcessErrorReason.WorkingDirectoryNotFound => SandboxError.NotFound,
        ProcessErrorReason.NotPermitted => SandboxError.PermissionDenied,
        ProcessErrorReason.StartFailed or ProcessErrorReason.UnknownUser => SandboxError.InvalidArgument,
        _ => SandboxError.Other,
    };

    /// <summary>One stream as text. A character may be cut between two pieces.</summary>
    private sealed class DecodedOutput(Action<string>? added)
    {
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
        private readonly StringBuilder _text = new();

        public void Add(ReadOnlySpan<byte> bytes) => Add(bytes, isLast: false);

        public string Complete()
        {
            Add([], isLast: true);
            return _text.ToString();
        }

        private void Add(ReadOnlySpan<byte> bytes, bool isLast)
        {
            var characters = new char[_decoder.GetCharCount(bytes, isLast)];
            var length = _decoder.GetChars(bytes, characters, isLast);
            if (length == 0) return;
            var text = new string(characters, 0, length);
            _text.Append(text);
            added?.Invoke(text);
        }
    }
}
