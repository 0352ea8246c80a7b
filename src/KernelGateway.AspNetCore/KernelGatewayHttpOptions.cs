namespace KernelGateway.AspNetCore;

/// <summary>How the gateway is reached over HTTP, and by whom. The defaults are the safe ones.</summary>
public sealed class KernelGatewayHttpOptions
{
    /// <summary>Gets or sets how requests prove that they may run code. Default: by token.</summary>
    /// <value><c>/health</c> and CORS preflight requests need no proof, whatever is set here.</value>
    public KernelGatewayAuthentication Authentication { get; set; } = KernelGatewayAuthentication.Token;

    /// <summary>Gets or sets the token.</summary>
    /// <value>
    /// Null by default: one is made at start-up and logged once. It is taken from <c>Authorization: Bearer</c> or <c>Authorization: token</c>,
    /// <c>X-Access-Token</c>, <c>X-API-Key</c>, <c>E2B-Traffic-Access-Token</c>, or the query parameter <c>token</c>, and compared in fixed
    /// time. A token in a query parameter ends up in the logs of proxies; prefer a header.
    /// </value>
    public string? Token { get; set; }

    /// <summary>Gets the names under which the gateway may be addressed in the <c>Host</c> header, without port.</summary>
    /// <value>
    /// Empty by default. IP addresses, <c>localhost</c>, names below it and the machine's own name are always served: a DNS name of an
    /// attacker's choosing, which is what DNS rebinding needs, is none of them. <c>*.example.com</c> stands for all names below it;
    /// <c>*</c> turns the check off. With <see cref="KernelGatewayAuthentication.None"/> only loopback addresses, <c>localhost</c> and names
    /// below it are served, and any entry here is refused.
    /// </value>
    public IList<string> AllowedHosts { get; private set; } = [];

    /// <summary>Gets the origins whose web pages may call the gateway, as in <c>https://notebooks.example.com</c>.</summary>
    /// <value>
    /// Empty by default: a request with an <c>Origin</c> other than the gateway's own gets 403. <c>https://*.example.com</c> stands for
    /// all origins below the domain, of that scheme and port. <c>*</c> allows the pages of every
    /// origin, and is refused together with <see cref="KernelGatewayAuthentication.None"/>: any web page could run code.
    /// </value>
    public IList<string> AllowedOrigins { get; private set; } = [];

    /// <summary>Gets or sets a value indicating whether pages of allowed origins may send cookies and the like along.</summary>
    /// <value>
    /// Default: false. The gateway's own token needs none of it; a proxy in front of the gateway that knows its users by a cookie does.
    /// It is refused together with the origin <c>*</c>, which browsers do not accept then, and for good reason.
    /// </value>
    public bool AllowCredentials { get; set; }

    /// <summary>Gets or sets what <c>/ready</c> waits for besides a kernel that has answered.</summary>
    /// <value>Null by default: nothing else. It is called for each request to <c>/ready</c> and must not block.</value>
    public Func<bool>? IsReady { get; set; }

    /// <summary>Gets or sets how long an event stream may be silent before a <c>keepalive</c> line is written.</summary>
    /// <value>Default: 5 seconds. More than zero. It is how a vanished client is noticed where the network does not tell.</value>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets the longest request body, in bytes.</summary>
    /// <value>
    /// Default: 100 MiB, which holds 16 MiB of code in its longest spelling. At least 1024. A body is read into memory whole: this,
    /// times the number of requests at once, is what strangers with a token can make the gateway hold.
    /// </value>
    public long MaxRequestBodyBytes { get; set; } = 100L << 20;

    /// <summary>Gets what is kept for Jupyter clients on the WebSocket route.</summary>
    public KernelChannelOptions Channels { get; private set; } = new();

    /// <summary>Gets the names of the environment variables that Jupyter clients may set for the kernels they start.</summary>
    /// <value>
    /// <c>KERNEL_*</c> by default; <c>*</c> at the end of a name stands for anything. What a client sends beyond it is left out, and its name is
    /// logged once. <c>*</c> alone allows all: with <c>LD_PRELOAD</c> or <c>PYTHONSTARTUP</c> a client decides what runs before the kernel
    /// does, which is no more than its code may do.
    /// </value>
    public IList<string> AllowedEnvironment { get; private set; } = ["KERNEL_*"];

    /// <summary>Copies all options, lists among them. The copy belongs to the mapped surfaces and does not change any more.</summary>
    internal KernelGatewayHttpOptions Copy()
    {
        var copy = (KernelGatewayHttpOptions)MemberwiseClone();
        copy.AllowedHosts = [.. AllowedHosts];
        copy.AllowedOrigins = [.. AllowedOrigins];
        copy.AllowedEnvironment = [.. AllowedEnvironment];
        copy.Channels = Channels.Copy();
        return copy;
    }
}
