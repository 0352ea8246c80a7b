using System.Diagnostics.CodeAnalysis;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Control;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Messages.Stdin;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Server.Record;

/// <summary>Runs the script with a kernel and returns the recording, line by line.</summary>
[SuppressMessage("Design", "CA1001", Justification = "What the fields hold is disposed by RecordAsync, which made it.")]
internal sealed class Recorder(IKernelProvisioner provisioner, KernelSpec spec, RecordingScript script, string interruptKind)
{
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(15);

    // The time to wait for the reply after the idle status, or the idle status after the reply. It also separates the steps, so
    // that output after an end belongs to its step.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly List<string> _steps = [];
    private readonly JArray _events = [];

    // Both belong to RecordAsync, which disposes them.
    private IKernelProcess _process = null!;
    private RecordingConnection _connection = null!;
    private JupyterMessage? _kernelInfo;

    public async Task<IReadOnlyList<string>> RecordAsync(CancellationToken cancellationToken)
    {
        await using var process = _process = await provisioner.LaunchAsync(
            new KernelLaunch { KernelId = Guid.NewGuid().ToString("D"), Spec = spec, WorkingDirectory = Path.GetTempPath() }, cancellationToken);
        await using var connection = _connection = new RecordingConnection(process.ConnectionInfo);
        Note("process-started");
        await GetReadyAsync(cancellationToken);
        await AskAllAsync(cancellationToken);
        await InterruptAsync(cancellationToken);
        await ExecuteAsync("after_interrupt", cancellationToken, script.Alive);
        await ShutDownAsync(cancellationToken);
        return [CreateHeader().ToString(Formatting.None), .. connection.Lines()];
    }

    private async Task GetReadyAsync(CancellationToken cancellationToken)
    {
        Begin("kernel_info");
        for (var ready = false; !ready;)
        {
            var request = await SendAsync(KernelChannel.Shell, new KernelInfoRequest(), cancellationToken);
            var seen = await WaitAsync([request.MessageId], TimeSpan.FromSeconds(1), cancellationToken);
            ready = seen.Exists(one => one.Channel == KernelChannel.IOPub);
            _kernelInfo ??= seen.Find(one => one.Message.MessageType == MessageTypes.KernelInfoReply).Message;
            if (_process.Exited.IsCompleted) throw new IOException($"The kernel ended before it was ready: {await _process.Exited}. {_process.StandardErrorTail}");
        }

        Begin("heartbeat");
        await _connection.BeatAsync(cancellationToken).WaitAsync(StepLimit, cancellationToken);
    }

    private async Task AskAllAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync("execute_stdout", cancellationToken, script.Stdout);
        await ExecuteAsync("execute_stderr", cancellationToken, script.Stderr);
        await ExecuteAsync("execute_mixed", cancellationToken, script.Mixed);
        await ExecuteAsync("execute_result", cancellationToken, "6*7");
        await ExecuteAsync("execute_display", cancellationToken, script.Display);
        await ExecuteAsync("execute_error", cancellationToken, script.Error);
        await ExecuteAsync("execute_queue_abort", cancellationToken, script.Error, script.Alive, "6*7");
        Begin("execute_silent");
        var silent = new ExecuteRequest { Code = script.Stdout, IsSilent = true, StoreHistory = false, AllowStdin = false, StopOnError = true };
        await WaitAsync([(await SendAsync(KernelChannel.Shell, silent, cancellationToken)).MessageId], StepLimit, cancellationToken);
        await AskAsync("complete", new CompleteRequest { Code = script.Complete, CursorPosition = script.Complete.Length }, cancellationToken);
        await AskAsync("inspect", new InspectRequest { Code = script.Inspect, CursorPosition = script.Inspect.Length }, cancellationToken);
        for (var i = 0; i < script.Completeness.Count; i++)
        {
            await AskAsync($"is_complete_{i}", new IsCompleteRequest { Code = script.Completeness[i] }, cancellationToken);
        }

        await AskAsync("history", new HistoryRequest { Count = 3 }, cancellationToken);
        await AskAsync("comm_info", new CommInfoRequest(), cancellationToken);
        Begin("stdin");
        var asking = await SendAsync(KernelChannel.Shell, Request(script.Ask, allowStdin: true), cancellationToken);
        await WaitAsync([asking.MessageId], StepLimit, cancellationToken);
    }

    private async Task InterruptAsync(CancellationToken cancellationToken)
    {
        Begin("execute_long_interrupt");
        var running = await SendAsync(KernelChannel.Shell, Request(script.Long), cancellationToken);
        await WaitAsync([running.MessageId], TimeSpan.FromSeconds(1.5), cancellationToken);
        if (interruptKind == "message")
        {
            await SendAsync(KernelChannel.Control, new InterruptRequest(), cancellationToken);
        }
        else
        {
            _process.Interrupt();
            _events.Add(new JObject { ["t"] = _connection.Seconds, ["event"] = "signal", ["signal"] = "SIGINT", ["target"] = "process-group" });
        }

        await WaitAsync([running.MessageId], StepLimit, cancellationToken);
    }

    private async Task ShutDownAsync(CancellationToken cancellationToken)
    {
        Begin("shutdown");
        var request = await SendAsync(KernelChannel.Control, new ShutdownRequest(), cancellationToken);
        await WaitAsync([request.MessageId], TimeSpan.FromSeconds(2), cancellationToken);
        try
        {
            await _process.Exited.WaitAsync(TimeSpan.FromSeconds(3), cancellationToken);
        }
        catch (TimeoutException)
        {
            _process.Terminate();
            _events.Add(new JObject { ["t"] = _connection.Seconds, ["event"] = "signal", ["signal"] = "SIGTERM", ["target"] = "process-group" });
        }

        var exit = await _process.Exited.WaitAsync(StepLimit, cancellationToken);
        _events.Add(new JObject { ["t"] = _connection.Seconds, ["event"] = "process-exited", ["code"] = exit.ExitCode ?? -exit.Signal });
    }

    private async Task ExecuteAsync(string step, CancellationToken cancellationToken, params string[] codes)
    {
        Begin(step);
        var ids = new List<string>();
        foreach (var code in codes) ids.Add((await SendAsync(KernelChannel.Shell, Request(code), cancellationToken)).MessageId);
        await WaitAsync(ids, StepLimit, cancellationToken);
    }

    private async Task AskAsync<T>(string step, T content, CancellationToken cancellationToken)
        where T : IMessageContent<T>
    {
        Begin(step);
        await WaitAsync([(await SendAsync(KernelChannel.Shell, content, cancellationToken)).MessageId], StepLimit, cancellationToken);
    }

    private async Task<JupyterMessage> SendAsync<T>(KernelChannel channel, T content, CancellationToken cancellationToken)
        where T : IMessageContent<T>
    {
        var message = _connection.Messages.Create(content);
        await _connection.SendAsync(channel, message, cancellationToken);
        return message;
    }

    // Waits until each request has its reply and its idle status and a pause of silence, or until nothing has arrived for a
    // second after one of them.
    private async Task<List<(KernelChannel Channel, JupyterMessage Message)>> WaitAsync(
        List<string> ids, TimeSpan limit, CancellationToken cancellationToken)
    {
        var seen = new List<(KernelChannel Channel, JupyterMessage Message)>();
        var open = ids.SelectMany(id => new[] { (id, IsIdle: false), (id, IsIdle: true) }).ToHashSet();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limit);
        while (true)
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
            if (open.Count == 0) silence.CancelAfter(Pause);
            else if (open.Count <= ids.Count) silence.CancelAfter(TimeSpan.FromSeconds(1));
            try
            {
                var (channel, message) = await _connection.Received.ReadAsync(silence.Token);
                seen.Add((channel, message));
                if (channel == KernelChannel.Stdin) await _connection.SendAsync(channel, _connection.Messages.CreateReply(message, new InputReply { Value = "Ada" }), cancellationToken);
                if (message.ParentMessageId is not { } parent) continue;
                if (channel == KernelChannel.Shell || channel == KernelChannel.Control) open.Remove((parent, false));
                if (message.MessageType == MessageTypes.Status && message.ReadContent<StatusOutput>().ExecutionState == ExecutionState.Idle) open.Remove((parent, true));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return seen;
            }
        }
    }

    private static ExecuteRequest Request(string code, bool allowStdin = false) =>
        new() { Code = code, AllowStdin = allowStdin, StopOnError = true };

    private void Begin(string step)
    {
        _connection.Step = step;
        if (!_steps.Contains(step)) _steps.Add(step);
    }

    private void Note(string what) => _events.Add(new JObject { ["t"] = _connection.Seconds, ["event"] = what });

    private JObject CreateHeader()
    {
        var info = _kernelInfo?.Content;
        var client = _connection.Messages;
        return new JObject
        {
            ["header"] = new JObject
            {
                ["format"] = "jupyter-wire-capture",
                ["format_version"] = 1,
                ["kernel"] = spec.Name,
                ["kernel_version"] = info?["implementation_version"],
                ["language"] = spec.Language,
                ["protocol_version"] = info?["protocol_version"],
                ["transport"] = "tcp",
                ["signature_scheme"] = _process.ConnectionInfo.SignatureScheme,
                ["key"] = _process.ConnectionInfo.Key,
                ["client"] = new JObject { ["identity"] = client.SessionId, ["session"] = client.SessionId, ["username"] = client.Username },
                ["interrupt_used"] = interruptKind,
                ["steps"] = new JArray(_steps),
                ["events"] = _events,
            },
        };
    }
}
