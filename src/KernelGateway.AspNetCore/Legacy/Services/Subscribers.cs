using System.Collections.Immutable;
using KernelGateway.AspNetCore.Legacy.Rpc;

namespace KernelGateway.AspNetCore.Legacy.Services;

/// <summary>The subscriptions of all clients to the topics of processes or terminals, which need not exist yet.</summary>
internal sealed class Subscribers
{
    private readonly Lock _gate = new();
    private ImmutableDictionary<(string Topic, string Id), ImmutableList<RpcSubscription>> _all =
        ImmutableDictionary<(string Topic, string Id), ImmutableList<RpcSubscription>>.Empty;

    /// <summary>Adds a subscription; it is removed when the result is disposed.</summary>
    public IAsyncDisposable Add(string topic, string id, RpcSubscription subscription)
    {
        var key = (topic, id);
        lock (_gate) _all = _all.SetItem(key, _all.GetValueOrDefault(key, []).Add(subscription));
        return new Removal(this, key, subscription);
    }

    /// <summary>Sends a notification to everybody who has subscribed to a topic of a process. Waits for slow clients.</summary>
    public async Task NotifyAsync(string topic, string id, object? result)
    {
        foreach (var subscription in Volatile.Read(ref _all).GetValueOrDefault((topic, id), [])) await subscription.NotifyAsync(result);
    }

    private void Remove((string Topic, string Id) key, RpcSubscription subscription)
    {
        lock (_gate)
        {
            var rest = _all.GetValueOrDefault(key, []).Remove(subscription);
            _all = rest.IsEmpty ? _all.Remove(key) : _all.SetItem(key, rest);
        }
    }

    private sealed class Removal(Subscribers owner, (string Topic, string Id) key, RpcSubscription subscription) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            owner.Remove(key, subscription);
            return ValueTask.CompletedTask;
        }
    }
}
