using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Tests.Guarding;

/// <summary>An observer that throws at each call, or does not return from the first one until the test lets it.</summary>
internal sealed class FaultyObserver : IKernelObserver, IDisposable
{
    private readonly ManualResetEventSlim _gate = new();
    private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Blocks { get; init; }

    /// <summary>Gets a task that completes when it has been called and does not return.</summary>
    public Task Blocked => _blocked.Task;

    public void OnMessage(KernelChannel channel, JupyterMessage message) => Act();

    public void OnStateChanged(KernelState state, string? reason) => Act();

    /// <summary>Lets all its calls return from now on.</summary>
    public void Release() => _gate.Set();

    public void Dispose() => Release();

    private void Act()
    {
        if (!Blocks) throw new InvalidOperationException("The observer is broken.");
        _blocked.TrySetResult();
        _gate.Wait();
    }
}
