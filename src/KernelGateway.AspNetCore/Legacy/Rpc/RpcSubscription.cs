using System.Security.Cryptography;

namespace KernelGateway.AspNetCore.Legacy.Rpc;

/// <summary>A subscription of one client: sends its notifications.</summary>
internal sealed class RpcSubscription(RpcConnection connection, string service)
{
    private readonly TaskCompletionSource _isKnown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets the id, which the client gets as the result of its call.</summary>
    public string Id { get; } = $"0x{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}";

    /// <summary>Gets or sets what ends the notifications; null until the service has begun with them.</summary>
    public IAsyncDisposable? Source { get; set; }

    /// <summary>Gets a token that is cancelled when the connection has ended.</summary>
    public CancellationToken Ended => connection.Ended;

    /// <summary>Lets the notifications go: the client has read the id.</summary>
    public void Release() => _isKnown.TrySetResult();

    /// <summary>Sends a notification, and waits while the client does not read.</summary>
    /// <returns>False when the connection has ended.</returns>
    public async Task<bool> NotifyAsync(object? result)
    {
        // The client drops a notification that it reads before it has processed the id.
        await _isKnown.Task;
        return await connection.SendAsync(RpcMessages.Notification(service, Id, result));
    }
}
