using KernelGateway.Server.Remote;

namespace KernelGateway.Server.Sandboxes.Client;

/// <summary>Lets a sandbox live on while something is done in it. One that is paused meanwhile stays paused.</summary>
internal sealed class LifetimeExtension : IAsyncDisposable
{
    /// <summary>The longest time that can be asked for again.</summary>
    public const int MaxSeconds = 3600;

    private readonly RemoteControlPlane _plane;
    private readonly CancellationTokenSource _ending = new();
    private Task _extending = Task.CompletedTask;

    private LifetimeExtension(RemoteControlPlane plane) => _plane = plane;

    /// <summary>Begins to extend its lifetime whenever half of it is over.</summary>
    /// <param name="plane">The control plane; the object disposes it.</param>
    /// <param name="id">The sandbox, which lives for the time from now on.</param>
    /// <param name="seconds">The time.</param>
    /// <param name="time">The clock.</param>
    public static LifetimeExtension Start(RemoteControlPlane plane, string id, int seconds, TimeProvider time)
    {
        var extension = new LifetimeExtension(plane);
        extension._extending = extension.ExtendAsync(id, seconds, time);
        return extension;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _extending;
        _plane.Dispose();
        _ending.Dispose();
    }

    private async Task ExtendAsync(string id, int seconds, TimeProvider time)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(seconds / 2.0), time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                try
                {
                    await _plane.RefreshAsync(id, seconds, _ending.Token);
                }
                catch (RemoteException)
                {
                    // It is tried again. What is done in the sandbox ends with it, and says so.
                }
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // Nothing is done in it any more.
        }
    }
}
