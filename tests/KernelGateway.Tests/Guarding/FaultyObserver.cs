using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Tests.Guarding;

/// <summary>An observer that throws at each call, or that blocks in the first call until the test releases it.</summary>
internal sealed class FaultyObserver : IKernelObserver, IDisposable
{
    private readonly ManualResetEventSlim _gate = new();
    private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Blocks { get; init; }

    /// <summary>Gets a task that completes when the observer blocks in a call.</summary>
    public Task Blocked => _blocked.Task;

    public void OnMessage(KernelChannel channel, JupyterMessage message) => Act();

    public void OnStateChanged(KernelState state, string? reason) => Act();

    /// <summary>Releases the blocked call. Later calls do not block.</summary>
    public void Release() => _gate.Set();

    public void Dispose() => Release();

    private void Act()
    {
        if (!Blocks) throw new InvalidOperationException("The observer is broken.");
        _blocked.TrySetResult();
        _gate.Wait();
    }
}
