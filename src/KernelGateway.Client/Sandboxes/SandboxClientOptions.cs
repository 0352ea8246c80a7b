namespace KernelGateway.Client;

/// <summary>Where the service of sandboxes is, and how it is called. What is not set comes from the <c>E2B_*</c> variables of the environment.</summary>
public sealed class SandboxClientOptions
{
    /// <summary>Gets or sets the API key. Default: <c>E2B_API_KEY</c>.</summary>
    /// <value>It creates and ends sandboxes on the account's cost; it is sent to <see cref="ApiUrl"/> only, never to a sandbox.</value>
    public string? ApiKey { get; set; }

    /// <summary>Gets or sets a token that is sent as <c>Authorization: Bearer</c> instead of a key. Default: <c>E2B_ACCESS_TOKEN</c>.</summary>
    public string? AccessToken { get; set; }

    /// <summary>Gets or sets the address of the control plane. Default: <c>E2B_API_URL</c>, else <c>https://api.{Domain}</c>.</summary>
    public string? ApiUrl { get; set; }

    /// <summary>Gets or sets the one address through which all sandboxes are reached. Default: <c>E2B_SANDBOX_URL</c>, else none.</summary>
    /// <value>Without it a sandbox has a host name of its own: <c>https://{port}-{id}.{Domain}</c>.</value>
    public string? SandboxUrl { get; set; }

    /// <summary>Gets or sets the domain, which can have a port. Default: <c>E2B_DOMAIN</c>, else <c>e2b.app</c>.</summary>
    public string? Domain { get; set; }

    /// <summary>Gets or sets whether the services of a sandbox run on this machine, without a control plane. Default: <c>E2B_DEBUG</c>, else false.</summary>
    public bool? Debug { get; set; }

    /// <summary>Gets or sets how long a request may take; for a stream, how long until it begins.</summary>
    /// <value>Default: 60 seconds. <see cref="Timeout.InfiniteTimeSpan"/> is no limit: a request to a dead host then waits for ever.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets how often a request that was refused with 429 and a waiting time is sent again. Default: 3. 0 is never.</summary>
    public int MaxRetries { get; set; } = 3;

    /// <summary>Gets or sets additional headers of the requests to the control plane. Default: none.</summary>
    public IReadOnlyDictionary<string, string>? ApiHeaders { get; set; }

    /// <summary>Gets or sets additional headers of all requests. Default: none.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; set; }

    /// <summary>Gets or sets the client that sends all requests. Default: one that all sandboxes of the process share.</summary>
    /// <value>It is not disposed. Its base address is not used.</value>
    public HttpClient? HttpClient { get; set; }

    /// <summary>Gets or sets the clock of time limits and retries. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Copies the options, with an HTTP client.</summary>
    /// <param name="httpClient">The HTTP client.</param>
    /// <param name="time">The clock; null for the one that they have.</param>
    internal SandboxClientOptions With(HttpClient httpClient, TimeProvider? time)
    {
        var copy = Copy();
        copy.HttpClient = httpClient;
        copy.TimeProvider = time ?? TimeProvider;
        return copy;
    }

    /// <summary>Returns options that can be changed without an effect on these.</summary>
    internal SandboxClientOptions Copy() => (SandboxClientOptions)MemberwiseClone();
}
