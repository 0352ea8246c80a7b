namespace KernelGateway.Client;

/// <summary>Where a gateway is, and how it is called.</summary>
public sealed class GatewayClientOptions
{
    /// <summary>Gets or sets the address of the gateway, with its base path if it has one. Default: <c>http://127.0.0.1:49999</c>.</summary>
    public Uri Address { get; set; } = new("http://127.0.0.1:49999");

    /// <summary>Gets or sets the token, which is sent as <c>Authorization: Bearer</c>. Default: null, for none.</summary>
    public string? Token { get; set; }

    /// <summary>Gets headers of each request, for a proxy or a service with others of its own. Default: none.</summary>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets or sets the client that sends the requests. Its base address is not used, and it is not disposed.</summary>
    /// <value>Default: null, for one that the <see cref="GatewayClient"/> creates and disposes.</value>
    public HttpClient? HttpClient { get; set; }

    /// <summary>Gets or sets how long an answer may take, or the headers of a stream; the start of a kernel is within it.</summary>
    /// <value>Default: 100 seconds. <see cref="Timeout.InfiniteTimeSpan"/> for no limit: a lost request is then not noticed.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>Gets or sets how often a request is sent again, where that is safe. Default: 3; 0 for never.</summary>
    /// <value>
    /// Requests that change nothing, and code that is submitted with an idempotency key, are sent again after a lost connection and
    /// after 408, 502, 503 and 504. Others are sent again only if no connection was made.
    /// </value>
    public int MaxRetries { get; set; } = 3;

    /// <summary>Gets or sets the wait before the first repetition, which doubles each time. Default: 250 ms.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets or sets how long the client tries to go on with the events of an execution after its connection was lost.</summary>
    /// <value>Default: 2 minutes. Zero gives up at once.</value>
    public TimeSpan ResumeTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets or sets how long a stream of events may be silent before its connection counts as lost.</summary>
    /// <value>
    /// Default: 60 seconds. A gateway sends a line every 5 seconds at least, unless it is configured otherwise. It is not used with
    /// services that cannot resume a stream. <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </value>
    public TimeSpan MaxSilence { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets the clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Copies the options, with an HTTP client.</summary>
    /// <param name="httpClient">The HTTP client.</param>
    /// <param name="time">The clock; null for the one that they have.</param>
    internal GatewayClientOptions With(HttpClient httpClient, TimeProvider? time)
    {
        var copy = (GatewayClientOptions)MemberwiseClone();
        copy.HttpClient = httpClient;
        copy.TimeProvider = time ?? TimeProvider;
        return copy;
    }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value cannot be used; the message names it.</exception>
    internal void Check()
    {
        if (!Address.IsAbsoluteUri || (Address.Scheme != Uri.UriSchemeHttp && Address.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException($"{nameof(Address)}: '{Address}' is not an absolute address with http or https.");
        CheckLimit(RequestTimeout, nameof(RequestTimeout));
        CheckLimit(MaxSilence, nameof(MaxSilence));
        if (MaxRetries < 0) throw new ArgumentException($"{nameof(MaxRetries)}: {MaxRetries} is negative.");
        if (RetryDelay < TimeSpan.Zero) throw new ArgumentException($"{nameof(RetryDelay)}: {RetryDelay} is negative.");
        if (ResumeTimeout < TimeSpan.Zero) throw new ArgumentException($"{nameof(ResumeTimeout)}: {ResumeTimeout} is negative.");
    }

    private static void CheckLimit(TimeSpan limit, string name)
    {
        if (limit <= TimeSpan.Zero && limit != Timeout.InfiniteTimeSpan) throw new ArgumentException($"{name}: {limit} is not above zero.");
    }
}
