namespace KernelGateway.AspNetCore.Legacy.Rpc;

/// <summary>The methods whose names begin with the name of a service and an underscore.</summary>
internal interface IRpcService
{
    /// <summary>Gets the name of the service.</summary>
    string Name { get; }

    /// <summary>Calls a method. Parameters are read before anything is awaited.</summary>
    /// <param name="method">The name without that of the service.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <returns>The result; null for a method without one. A null task when there is no such method.</returns>
    /// <exception cref="RpcException">The call failed.</exception>
    Task<object?>? CallAsync(string method, RpcParameters parameters);

    /// <summary>Begins to send the notifications of a topic.</summary>
    /// <param name="topic">The first parameter of the call.</param>
    /// <param name="parameters">All parameters, the topic among them.</param>
    /// <param name="subscription">Sends the notifications.</param>
    /// <returns>What ends the notifications; a null task when there is no such topic.</returns>
    /// <exception cref="RpcException">The call failed.</exception>
    Task<IAsyncDisposable>? SubscribeAsync(string topic, RpcParameters parameters, RpcSubscription subscription);
}
