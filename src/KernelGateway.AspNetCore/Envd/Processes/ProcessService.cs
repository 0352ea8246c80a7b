using System.Globalization;
using System.Runtime.CompilerServices;
using KernelGateway.AspNetCore.Envd.Common;
using KernelGateway.AspNetCore.Envd.Connect;
using KernelGateway.AspNetCore.Envd.Messages;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Users;

namespace KernelGateway.AspNetCore.Envd.Processes;

/// <summary>E2B's service for commands and terminals.</summary>
/// <remarks>
/// It differs on purpose in two things. The end of a command comes soon after its exit, also where a child holds its output open.
/// A client that connects first gets what came while none was connected; where some of it was dropped, a line says how much.
/// </remarks>
internal sealed class ProcessService(HttpSurface surface, LocalSandbox sandbox, CommandDeadline deadline)
{
    private const int DefaultColumns = 80;
    private const int DefaultRows = 24;
    private const int LastSignal = 64;

    // Clients get them back as they were sent.
    private readonly ConditionalWeakTable<SandboxProcess, ProcessConfig> _configs = [];

    private SandboxProcesses Processes => sandbox.Processes;

    /// <summary>Creates the service with its methods.</summary>
    public static ConnectService Create(HttpSurface surface, LocalSandbox sandbox, CommandDeadline deadline)
    {
        var methods = new ProcessService(surface, sandbox, deadline);
        var silence = new ProcessEvent { Keepalive = new ProcessEvent.Types.KeepAlive() };
        var service = new ConnectService("process.Process", surface, ProcessErrors.Translate);
        service.AddUnary<ListRequest, ListResponse>("List", (_, _) => Task.FromResult(methods.List()));
        service.AddServerStream<StartRequest, StartResponse>(
            "Start", (request, call) => methods.StartAsync(request, call, call.Cancellation), new StartResponse { Event = silence });
        service.AddServerStream<ConnectRequest, ConnectResponse>(
            "Connect",
            methods.Connect,
            new ConnectResponse { Event = silence });
        service.AddUnary<SendInputRequest, SendInputResponse>("SendInput", methods.SendInputAsync);
        service.AddClientStream<StreamInputRequest, StreamInputResponse>("StreamInput", methods.StreamInputAsync);
        service.AddUnary<CloseStdinRequest, CloseStdinResponse>("CloseStdin", methods.CloseInputAsync);
        service.AddUnary<SendSignalRequest, SendSignalResponse>(
            "SendSignal", (request, call) => Task.FromResult(methods.SendSignal(request, call)));
        service.AddUnary<SignalGroupRequest, SignalGroupResponse>(
            "SignalGroup", (request, call) => Task.FromResult(methods.SignalGroup(request, call)));
        service.AddUnary<UpdateRequest, UpdateResponse>("Update", (request, _) => Task.FromResult(methods.Update(request)));
        return service;
    }

    private ListResponse List()
    {
        var answer = new ListResponse();
        foreach (var process in Processes.List())
        {
            if (!_configs.TryGetValue(process, out var config)) continue;
            var info = new ProcessInfo { Config = config, Pid = (uint)process.ProcessId };
            if (process.Options.Tag is { } tag) info.Tag = tag;
            answer.Processes.Add(info);
        }

        return answer;
    }

    private async IAsyncEnumerable<StartResponse> StartAsync(
        StartRequest request, ConnectCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var process = await StartAsync(request, call);
        await foreach (var answer in FollowAsync(process, happened => new StartResponse { Event = happened }, cancellationToken))
        {
            // The client of this stream has set the limit, and expects this error for it.
            if (answer.Event.End is not null && (await process.Ended).WasTimeLimit)
                throw new ConnectException(ConnectCode.DeadlineExceeded, "context deadline exceeded");
            yield return answer;
        }
    }

    private async Task<SandboxProcess> StartAsync(StartRequest request, ConnectCall call)
    {
        var config = request.Process ?? new ProcessConfig();
        if (config.Cmd.Length == 0) throw new ConnectException(ConnectCode.InvalidArgument, "the process has no cmd");
        var options = new ProcessStartOptions
        {
            Command = config.Cmd,
            Arguments = [.. config.Args],
            Variables = new Dictionary<string, string>(config.Envs),
            WorkingDirectory = config.Cwd.Length > 0 ? config.Cwd : sandbox.WorkingDirectory,
            User = FindUser(SelectedUser.Read(call.HttpContext.Request)),
            Tag = request.HasTag ? request.Tag : null,
            HasInput = !request.HasStdin || request.Stdin,
            Terminal = request.Pty is { } terminal ? GetSize(terminal) : null,
            TimeLimit = deadline == CommandDeadline.Command ? call.Timeout : null,
        };

        var process = await sandbox.StartAsync(options, call.Cancellation);
        surface.SandboxAudit.Started(call.HttpContext, process);
        _configs.Add(process, config);
        return process;
    }

    private IAsyncEnumerable<ConnectResponse> Connect(ConnectRequest request, ConnectCall call)
    {
        var process = Find(request.Process, isEndedAllowed: true);
        surface.SandboxAudit.Process(call.HttpContext, "connect", process);
        return FollowAsync(process, happened => new ConnectResponse { Event = happened }, call.Cancellation);
    }

    private SandboxUser? FindUser(string? name) =>
        name is null && sandbox.DefaultUser is null ? null : sandbox.GetUser(name);

    // The first message names the process, then come its output and its end.
    private static async IAsyncEnumerable<T> FollowAsync<T>(
        SandboxProcess process, Func<ProcessEvent, T> wrap, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return wrap(new ProcessEvent { Start = new ProcessEvent.Types.StartEvent { Pid = (uint)process.ProcessId } });
        await foreach (var output in process.ReadOutputAsync(cancellationToken: cancellationToken))
            yield return wrap(new ProcessEvent { Data = ProcessMessages.Create(output, process.IsTerminal) });
        var end = await process.Ended.WaitAsync(cancellationToken);
        yield return wrap(new ProcessEvent { End = ProcessMessages.Create(end) });
    }

    private async Task<SendInputResponse> SendInputAsync(SendInputRequest request, ConnectCall call)
    {
        var process = Find(request.Process);
        surface.SandboxAudit.Input(call.HttpContext, process);
        await SendAsync(process, request.Input, call.Cancellation);
        return new SendInputResponse();
    }

    private async Task<StreamInputResponse> StreamInputAsync(IAsyncEnumerable<StreamInputRequest> requests, ConnectCall call)
    {
        SandboxProcess? process = null;
        await foreach (var request in requests)
        {
            switch (request.EventCase)
            {
                case StreamInputRequest.EventOneofCase.Start:
                    process = Find(request.Start.Process);
                    break;
                case StreamInputRequest.EventOneofCase.Data when process is not null:
                    surface.SandboxAudit.Input(call.HttpContext, process);
                    await SendAsync(process, request.Data.Input, call.Cancellation);
                    break;
                case StreamInputRequest.EventOneofCase.Keepalive:
                    break;
                default:
                    throw new ConnectException(ConnectCode.InvalidArgument, "the stream of input does not begin with its process");
            }
        }

        return new StreamInputResponse();
    }

    private static Task SendAsync(SandboxProcess process, ProcessInput? input, CancellationToken cancellationToken) =>
        input?.InputCase switch
        {
            ProcessInput.InputOneofCase.Stdin when process.IsTerminal || !process.Options.HasInput =>
                throw new ConnectException(ConnectCode.Internal, "error writing to stdin: stdin not enabled or closed"),
            ProcessInput.InputOneofCase.Stdin => process.WriteInputAsync(input.Stdin.Memory, cancellationToken),
            ProcessInput.InputOneofCase.Pty when !process.IsTerminal =>
                throw new ConnectException(ConnectCode.Internal, "error writing to tty: tty not assigned to process"),
            ProcessInput.InputOneofCase.Pty => process.WriteInputAsync(input.Pty.Memory, cancellationToken),
            _ => throw new ConnectException(ConnectCode.Unimplemented, "the input is neither stdin nor pty"),
        };

    private async Task<CloseStdinResponse> CloseInputAsync(CloseStdinRequest request, ConnectCall call)
    {
        var process = Find(request.Process);
        await process.CloseInputAsync();
        surface.SandboxAudit.Process(call.HttpContext, "close input", process);
        return new CloseStdinResponse();
    }

    private SendSignalResponse SendSignal(SendSignalRequest request, ConnectCall call)
    {
        var process = Find(request.Process);
        if (request.Signal is not (Signal.Sigkill or Signal.Sigterm))
            throw new ConnectException(ConnectCode.Unimplemented, $"signal {(int)request.Signal} is not supported");
        if (!process.Signal((int)request.Signal)) throw NotFound(request.Process);
        surface.SandboxAudit.Process(call.HttpContext, request.Signal == Signal.Sigkill ? "kill" : "terminate", process);
        return new SendSignalResponse();
    }

    private SignalGroupResponse SignalGroup(SignalGroupRequest request, ConnectCall call)
    {
        var process = Find(request.Process);
        if (request.Signal is < 1 or > LastSignal)
            throw new ConnectException(ConnectCode.InvalidArgument, $"signal {request.Signal} is not from 1 to {LastSignal}");
        if (!process.SignalGroup((int)request.Signal)) throw NotFound(request.Process);
        surface.SandboxAudit.Process(call.HttpContext, "signal group", process);
        return new SignalGroupResponse();
    }

    private UpdateResponse Update(UpdateRequest request)
    {
        var process = Find(request.Process);
        if (request.Pty is { } terminal) process.Resize(GetSize(terminal));
        return new UpdateResponse();
    }

    private SandboxProcess Find(ProcessSelector? selector, bool isEndedAllowed = false)
    {
        var found = selector?.SelectorCase switch
        {
            ProcessSelector.SelectorOneofCase.Pid => selector.Pid <= int.MaxValue ? Processes.Find((int)selector.Pid) : null,
            ProcessSelector.SelectorOneofCase.Tag => Processes.FindByTag(selector.Tag),
            _ => throw new ConnectException(ConnectCode.InvalidArgument, "the process is selected neither by pid nor by tag"),
        };
        return found is not null && (isEndedAllowed || !found.Ended.IsCompleted) ? found : throw NotFound(selector);
    }

    private static ConnectException NotFound(ProcessSelector selector) => new(
        ConnectCode.NotFound,
        selector.SelectorCase == ProcessSelector.SelectorOneofCase.Tag
            ? $"process with tag {selector.Tag} not found"
            : $"process with pid {selector.Pid.ToString(CultureInfo.InvariantCulture)} not found");

    private static TerminalSize GetSize(PTY terminal) => new(
        terminal.Size is { Cols: > 0 and <= ushort.MaxValue } width ? (int)width.Cols : DefaultColumns,
        terminal.Size is { Rows: > 0 and <= ushort.MaxValue } height ? (int)height.Rows : DefaultRows);
}
