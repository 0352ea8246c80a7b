using System.Collections.Concurrent;
using System.Text;
using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Legacy.Rpc;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Processes;

namespace KernelGateway.AspNetCore.Legacy.Services;

/// <summary>The service <c>terminal</c>: interactive shells. The client chooses their ids.</summary>
internal sealed class TerminalMethods(HttpSurface surface, LocalSandbox sandbox) : IRpcService
{
    private const string Data = "onData";
    private const string Exit = "onExit";
    private const int SignalHangUp = 1;
    private const int SignalKill = 9;

    private readonly ConcurrentDictionary<string, SandboxProcess> _terminals = new(StringComparer.Ordinal);
    private readonly Subscribers _subscribers = new();

    public string Name => "terminal";

    public Task<object?>? CallAsync(string method, RpcParameters parameters)
    {
        switch (method)
        {
            case "start":
                parameters.CheckCount(6);
                return StartAsync(
                    parameters.Caller,
                    parameters.GetString(0),
                    new TerminalSize(parameters.GetNumber(1), parameters.GetNumber(2)),
                    parameters.GetVariables(3),
                    parameters.FindString(4),
                    parameters.FindString(5) ?? "");
            case "data":
                parameters.CheckCount(2);
                return WriteAsync(parameters.Caller, parameters.GetString(0), parameters.GetString(1));
            case "resize":
                parameters.CheckCount(3);
                return ResizeAsync(parameters.GetString(0), new TerminalSize(parameters.GetNumber(1), parameters.GetNumber(2)));
            case "destroy":
                parameters.CheckCount(1);
                return DestroyAsync(parameters.Caller, parameters.GetString(0));
            default:
                return null;
        }
    }

    public Task<IAsyncDisposable>? SubscribeAsync(string topic, RpcParameters parameters, RpcSubscription subscription) =>
        topic is Data or Exit ? Task.FromResult(_subscribers.Add(topic, parameters.GetString(1), subscription)) : null;

    private async Task<object?> StartAsync(
        AuditCaller caller, string id, TerminalSize size, Dictionary<string, string> variables, string? command, string directory)
    {
        if (_terminals.ContainsKey(id)) return id;
        variables.TryAdd("TERM", "xterm");
        try
        {
            var terminal = await sandbox.StartAsync(new ProcessStartOptions
            {
                Command = "/bin/bash",
                Arguments = command is null ? ["-i", "-l"] : ["-i", "-l", "-c", command],
                Variables = variables,
                WorkingDirectory = directory.Length > 0 ? directory : "~",
                User = sandbox.GetUser(null),
                Terminal = size,
            });
            surface.SandboxAudit.Started(caller, terminal);
            _terminals[id] = terminal;
            _ = ReportAsync(id, terminal);
            return id;
        }
        catch (SandboxProcessException exception)
        {
            throw RpcException.Of($"error starting terminal '{id}': {exception.Message}");
        }
    }

    private async Task<object?> WriteAsync(AuditCaller caller, string id, string text)
    {
        try
        {
            var terminal = Find(id);
            surface.SandboxAudit.Input(caller, terminal);
            await terminal.WriteInputAsync(Encoding.UTF8.GetBytes(text));
            return null;
        }
        catch (SandboxProcessException exception)
        {
            throw RpcException.Of($"error writing data to terminal '{id}': {exception.Message}");
        }
    }

    private Task<object?> ResizeAsync(string id, TerminalSize size)
    {
        try
        {
            Find(id).Resize(size);
            return Task.FromResult<object?>(null);
        }
        catch (SandboxProcessException exception)
        {
            throw RpcException.Of($"error resizing terminal '{id}': {exception.Message}");
        }
    }

    private Task<object?> DestroyAsync(AuditCaller caller, string id)
    {
        // Interactive shells ignore most signals; the hang-up reaches their jobs first.
        var terminal = Find(id);
        terminal.Signal(SignalHangUp);
        terminal.Signal(SignalKill);
        surface.SandboxAudit.Process(caller, "kill", terminal);
        return Task.FromResult<object?>(null);
    }

    private SandboxProcess Find(string id) =>
        _terminals.TryGetValue(id, out var terminal) ? terminal : throw RpcException.Of($"error finding terminal '{id}'");

    private async Task ReportAsync(string id, SandboxProcess terminal)
    {
        // A character may be cut between two reads.
        var decoder = Encoding.UTF8.GetDecoder();
        var characters = new char[32 << 10];
        await foreach (var part in terminal.ReadOutputAsync())
        {
            var count = decoder.GetChars(part.Data.Span, characters, flush: false);
            if (count > 0) await _subscribers.NotifyAsync(Data, id, new string(characters, 0, count));
        }

        _terminals.TryRemove(id, out _);
        await _subscribers.NotifyAsync(Exit, id, new Dictionary<string, object?>());
    }
}
