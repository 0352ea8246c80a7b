namespace KernelGateway.Client.Http;

/// <summary>What a transport sends requests with.</summary>
internal sealed record HttpTransportOptions
{
    /// <summary>Gets the client. Its own base address is not used.</summary>
    public required HttpClient Http { get; init; }

    /// <summary>Gets the address below which all paths are.</summary>
    public required Uri BaseAddress { get; init; }

    /// <summary>Gets what is reached, for messages: <c>gateway</c>, <c>sandbox</c>.</summary>
    public string Peer { get; init; } = "gateway";

    /// <summary>Gets the headers of each request.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Gets how long the headers of an answer may take; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Gets how often a request is sent again where that is safe.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>Gets the wait before the first repetition; it doubles each time.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
