using System.Collections.Concurrent;
using System.Text;
using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Legacy.Rpc;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Processes;

namespace KernelGateway.AspNetCore.Legacy.Services;

/// <summary>The service <c>process</c>: commands of a login shell. The client chooses their ids.</summary>
internal sealed class ProcessMethods(HttpSurface surface, LocalSandbox sandbox) : IRpcService
{
    private const string Output = "onStdout";
    private const string Error = "onStderr";
    private const string Exit = "onExit";
    private const int SignalKill = 9;

    private readonly ConcurrentDictionary<string, RunningCommand> _commands = new(StringComparer.Ordinal);
    private readonly Subscribers _subscribers = new();

    public string Name => "process";

    public Task<object?>? CallAsync(string method, RpcParameters parameters)
    {
        switch (method)
        {
            case "start":
                parameters.CheckCount(4);
                return StartAsync(
                    parameters.Caller,
                    parameters.GetString(0),
                    parameters.GetString(1),
                    parameters.GetVariables(2),
                    parameters.FindString(3) ?? "");
            case "stdin":
                parameters.CheckCount(2);
                return WriteInputAsync(parameters.Caller, parameters.GetString(0), parameters.GetString(1));
            case "kill":
                parameters.CheckCount(1);
                return KillAsync(parameters.Caller, parameters.GetString(0));
            default:
                return null;
        }
    }

    public Task<IAsyncDisposable>? SubscribeAsync(string topic, RpcParameters parameters, RpcSubscription subscription) =>
        topic is Output or Error or Exit ? Task.FromResult(_subscribers.Add(topic, parameters.GetString(1), subscription)) : null;

    // With callbacks for the whole sandbox the clients follow the log of a service that only the hosted sandboxes have. Its end would
    // be reported to the user as the end of the sandbox.
    private static bool IsJournal(string command) =>
        command.StartsWith("sudo journalctl --follow", StringComparison.Ordinal)
        && command.Contains("start_cmd.service", StringComparison.Ordinal);

    private async Task<object?> StartAsync(
        AuditCaller caller, string id, string command, Dictionary<string, string> variables, string directory)
    {
        if (IsJournal(command) || _commands.ContainsKey(id)) return id;
        var running = new RunningCommand();
        if (!_commands.TryAdd(id, running)) return id;
        try
        {
            running.Process = await sandbox.StartAsync(new ProcessStartOptions
            {
                Command = "/bin/bash",
                Arguments = ["-l", "-c", command],
                Variables = variables,
                WorkingDirectory = directory.Length > 0 ? directory : "~",
                User = sandbox.GetUser(null),
            });
        }
        catch (SandboxProcessException exception)
        {
            _commands.TryRemove(id, out _);

            // The clients recognise a missing working directory by these words.
            throw RpcException.Of(exception.Reason == ProcessErrorReason.WorkingDirectoryNotFound
                ? $"error starting process '{id}': fork/exec /bin/bash: no such file or directory"
                : $"error starting process '{id}': {exception.Message}");
        }

        surface.SandboxAudit.Started(caller, running.Process);
        running.Reported = ReportAsync(id, running.Process);
        return id;
    }

    private async Task<object?> WriteInputAsync(AuditCaller caller, string id, string text)
    {
        if (!_commands.TryGetValue(id, out var running) || running.Process is not { } process)
            throw RpcException.Of($"error finding process '{id}'");
        surface.SandboxAudit.Input(caller, process);
        try
        {
            await process.WriteInputAsync(Encoding.UTF8.GetBytes(text));
            return null;
        }
        catch (SandboxProcessException exception)
        {
            throw RpcException.Of($"error writing stdin to process '{id}': {exception.Message}");
        }
    }

    // The exit is reported before this call is answered: the clients wait for ever when they read them in the other order.
    private async Task<object?> KillAsync(AuditCaller caller, string id)
    {
        if (!_commands.TryGetValue(id, out var running) || running.Process is not { } process) return null;
        process.Signal(SignalKill);
        surface.SandboxAudit.Process(caller, "kill", process);
        await running.Reported;
        return null;
    }

    private async Task ReportAsync(string id, SandboxProcess process)
    {
        var output = new LineSplitter();
        var error = new LineSplitter();
        await foreach (var part in process.ReadOutputAsync())
        {
            var isError = part.Kind == ProcessOutputKind.StandardError;
            foreach (var line in (isError ? error : output).Add(part.Data)) await NotifyAsync(id, isError, line);
        }

        if (output.Complete() is { } lastOutput) await NotifyAsync(id, isError: false, lastOutput);
        if (error.Complete() is { } lastError) await NotifyAsync(id, isError: true, lastError);
        var end = await process.Ended;
        _commands.TryRemove(id, out _);
        await _subscribers.NotifyAsync(Exit, id, end.ExitCode);
    }

    private Task NotifyAsync(string id, bool isError, string line) => _subscribers.NotifyAsync(
        isError ? Error : Output,
        id,
        new Dictionary<string, object?>
        {
            ["type"] = isError ? "Stderr" : "Stdout",
            ["line"] = line,
            ["timestamp"] = UnixNanoseconds.Now(surface.Time),
        });

    private sealed class RunningCommand
    {
        /// <summary>Gets or sets the process; null while it is being started.</summary>
        public SandboxProcess? Process { get; set; }

        /// <summary>Gets or sets a task that ends when output and exit have been sent to the clients.</summary>
        public Task Reported { get; set; } = Task.CompletedTask;
    }
}
