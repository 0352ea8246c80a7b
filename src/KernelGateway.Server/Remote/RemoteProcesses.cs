using Google.Protobuf;
using KernelGateway.AspNetCore.Envd.Messages;

namespace KernelGateway.Server.Remote;

/// <summary>What is started at a remote gateway.</summary>
internal sealed record RemoteStart
{
    public required string Command { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the directory; null for the gateway's default.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets a value indicating whether the process reads an input. Otherwise it reads its end at once.</summary>
    public bool HasInput { get; init; }

    /// <summary>Gets the size of its terminal; null for pipes.</summary>
    public (int Columns, int Rows)? Terminal { get; init; }
}

/// <summary>Starts commands and terminals at a remote gateway.</summary>
internal sealed class RemoteProcesses(RemoteGateway gateway)
{
    private const string Service = "process.Process/";

    private readonly ConnectClient _client = new(gateway);

    /// <summary>Starts a process. It has no time limit.</summary>
    /// <exception cref="RemoteException">It could not be started.</exception>
    public async Task<RemoteProcess> StartAsync(RemoteStart start, CancellationToken cancellationToken)
    {
        var request = new StartRequest
        {
            Process = new ProcessConfig { Cmd = start.Command, Args = { start.Arguments } },
            Stdin = start.HasInput,
        };
        request.Process.Envs.Add(start.Variables.ToDictionary());
        if (start.WorkingDirectory is { } directory) request.Process.Cwd = directory;
        if (start.Terminal is { } size) request.Pty = CreateTerminal(size.Columns, size.Rows);
        var events = _client.StreamAsync<StartResponse>(Service + "Start", request, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await events.MoveNextAsync())
            {
                if (events.Current.Event?.Start is { } started)
                    return new RemoteProcess(this, (int)started.Pid, start.Terminal is not null, events);
            }

            throw new RemoteException(RemoteProblem.Other, "The gateway did not say which process it started.");
        }
        catch
        {
            await events.DisposeAsync();
            throw;
        }
    }

    internal Task SendInputAsync(int processId, ReadOnlyMemory<byte> data, bool isTerminal, CancellationToken cancellationToken)
    {
        // The bytes are in the request before the caller can change them.
        var bytes = UnsafeByteOperations.UnsafeWrap(data);
        var input = isTerminal ? new ProcessInput { Pty = bytes } : new ProcessInput { Stdin = bytes };
        return _client.CallAsync<SendInputResponse>(
            Service + "SendInput", new SendInputRequest { Process = Select(processId), Input = input }, cancellationToken);
    }

    internal Task CloseInputAsync(int processId, CancellationToken cancellationToken) => _client.CallAsync<CloseStdinResponse>(
        Service + "CloseStdin", new CloseStdinRequest { Process = Select(processId) }, cancellationToken);

    internal Task SignalGroupAsync(int processId, int signal, CancellationToken cancellationToken) =>
        _client.CallAsync<SignalGroupResponse>(
            Service + "SignalGroup",
            new SignalGroupRequest { Process = Select(processId), Signal = (uint)signal },
            cancellationToken);

    internal Task ResizeAsync(int processId, int columns, int rows, CancellationToken cancellationToken) =>
        _client.CallAsync<UpdateResponse>(
            Service + "Update",
            new UpdateRequest { Process = Select(processId), Pty = CreateTerminal(columns, rows) },
            cancellationToken);

    private static ProcessSelector Select(int processId) => new() { Pid = (uint)processId };

    private static PTY CreateTerminal(int columns, int rows) =>
        new() { Size = new PTY.Types.Size { Cols = (uint)columns, Rows = (uint)rows } };
}
