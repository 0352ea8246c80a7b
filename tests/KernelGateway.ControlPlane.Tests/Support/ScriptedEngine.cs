using System.Collections.Concurrent;
using System.Net.Sockets;
using KernelGateway.ControlPlane.Engines;

namespace KernelGateway.ControlPlane.Tests.Support;

/// <summary>An engine whose sandboxes are entries in a list, and whose steps a test can hold or let fail.</summary>
internal sealed class ScriptedEngine : ISandboxEngine
{
    private readonly ConcurrentDictionary<string, ScriptedSandbox> _sandboxes = new();
    private readonly ConcurrentDictionary<string, Func<string, Task>> _steps = new();
    private readonly ConcurrentQueue<string> _calls = new();

    public string Name => "scripted";

    /// <summary>Gets the calls in their order, as in <c>pause ID</c>.</summary>
    public IReadOnlyList<string> Calls => [.. _calls];

    public IReadOnlyDictionary<string, ScriptedSandbox> Sandboxes => _sandboxes;

    /// <summary>Gets or sets the features that this machine has.</summary>
    public IReadOnlyList<EngineFeature> Features { get; set; } =
    [
        new(EngineFeature.OutgoingNetwork, true, false, ""), new(EngineFeature.FileCopy, true, false, ""),
    ];

    /// <summary>Runs this at the beginning of a step: create, pause, resume, kill, copy, connect.</summary>
    public void On(string step, Func<string, Task> action) => _steps[step] = action;

    /// <summary>Lets a step fail.</summary>
    public void Fail(string step) => On(step, _ => throw new SandboxEngineException(SandboxEngineError.Failed, $"{step} failed as scripted"));

    /// <summary>Lets a step work again.</summary>
    public void Mend(string step) => _steps.TryRemove(step, out _);

    /// <summary>Holds a step until the returned source is completed; the first task completes when the step has begun.</summary>
    public (Task Begun, TaskCompletionSource Release) Hold(string step)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        On(step, _ =>
        {
            begun.TrySetResult();
            return release.Task;
        });
        return (begun.Task, release);
    }

    public ValueTask<EngineReport> CheckAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(new EngineReport(Name, Features));

    public async Task<SandboxInstance> CreateAsync(SandboxSpecification specification, CancellationToken cancellationToken = default)
    {
        await StepAsync("create", specification.Id, cancellationToken);
        var sandbox = new ScriptedSandbox(specification);
        if (!_sandboxes.TryAdd(specification.Id, sandbox)) throw new SandboxEngineException(SandboxEngineError.AlreadyExists, "it exists");
        return sandbox.Instance;
    }

    public Task<IReadOnlyList<SandboxInstance>> RecoverAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<SandboxInstance>>([.. _sandboxes.Values.Select(sandbox => sandbox.Instance)]);

    public async Task<PauseMethod> PauseAsync(string id, CancellationToken cancellationToken = default)
    {
        await StepAsync("pause", id, cancellationToken);
        Find(id).IsPaused = true;
        return PauseMethod.Freezer;
    }

    public async Task SetNetworkAsync(string id, NetworkPolicy network, CancellationToken cancellationToken = default)
    {
        await StepAsync("network", id, cancellationToken);
        Find(id).Network = network;
    }

    public async Task ResumeAsync(string id, CancellationToken cancellationToken = default)
    {
        await StepAsync("resume", id, cancellationToken);
        Find(id).IsPaused = false;
    }

    public async Task KillAsync(string id, string? keepFilesIn, CancellationToken cancellationToken = default)
    {
        await StepAsync("kill", id, cancellationToken);
        var sandbox = Find(id);
        if (keepFilesIn is not null) Directory.CreateDirectory(keepFilesIn);
        _sandboxes.TryRemove(id, out _);
        sandbox.End.TrySetResult(new SandboxEnd(137, WasOutOfMemory: false, LogTail: ""));
    }

    public async Task CopyFilesAsync(string id, string directory, CancellationToken cancellationToken = default)
    {
        await StepAsync("copy", id, cancellationToken);
        Find(id);
        Directory.CreateDirectory(directory);
    }

    public async ValueTask<Stream> ConnectAsync(string id, CancellationToken cancellationToken = default)
    {
        if (_steps.TryGetValue("connect", out var action)) await action(id).WaitAsync(cancellationToken);
        var sandbox = Find(id);
        var (near, far) = SocketPair.Create();
        sandbox.Sidecar.Serve(far);
        return near;
    }

    public ValueTask<SandboxUsage> ReadUsageAsync(string id, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Find(id).Usage);

    public async Task<SandboxEnd> WaitForEndAsync(string id, CancellationToken cancellationToken = default) =>
        await Find(id).End.Task.WaitAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task StepAsync(string step, string id, CancellationToken cancellationToken)
    {
        _calls.Enqueue($"{step} {id}");
        if (_steps.TryGetValue(step, out var action)) await action(id).WaitAsync(cancellationToken);
    }

    private ScriptedSandbox Find(string id) => _sandboxes.TryGetValue(id, out var sandbox)
        ? sandbox
        : throw new SandboxEngineException(SandboxEngineError.NotFound, $"there is no sandbox {id}");
}

/// <summary>A sandbox of a <see cref="ScriptedEngine"/>.</summary>
internal sealed class ScriptedSandbox(SandboxSpecification specification)
{
    public SandboxSpecification Specification { get; } = specification;

    public bool IsPaused { get; set; }

    public NetworkPolicy Network { get; set; } = specification.Network;

    public SandboxUsage Usage { get; set; } = new(TimeSpan.FromSeconds(1), 30 << 20, 512 << 20, 10 << 20, 1000, 1 << 30, 3);

    public ScriptedSidecar Sidecar { get; } = new();

    /// <summary>Gets the source that ends it by itself.</summary>
    public TaskCompletionSource<SandboxEnd> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SandboxInstance Instance => new(Specification.Id, DateTimeOffset.UnixEpoch, IsPaused, "scripted", []);
}

/// <summary>Two ends of a connection.</summary>
internal static class SocketPair
{
    public static (Stream Near, Stream Far) Create()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen(1);
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        near.Connect(listener.LocalEndPoint!);
        return (new NetworkStream(near, ownsSocket: true), new NetworkStream(listener.Accept(), ownsSocket: true));
    }
}
