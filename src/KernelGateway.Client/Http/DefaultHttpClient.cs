namespace KernelGateway.Client.Http;

/// <summary>Creates the HTTP client that is used when the program hands none in.</summary>
internal static class DefaultHttpClient
{
    /// <summary>Creates a client. Its own time limit is off: each request has one.</summary>
    public static HttpClient Create()
    {
        var handler = CreateHandler();
        try
        {
            return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        }
        catch
        {
            handler.Dispose();
            throw;
        }
    }

    /// <summary>Creates the handler of the connections.</summary>
    public static SocketsHttpHandler CreateHandler() => new()
    {
        // Names are resolved again, and a stream that is left breaks its connection at once.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(15),
        ResponseDrainTimeout = TimeSpan.Zero,
        EnableMultipleHttp2Connections = true,
    };
}
