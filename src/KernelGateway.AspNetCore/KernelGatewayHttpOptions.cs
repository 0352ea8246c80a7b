using KernelGateway.AspNetCore.Security;

namespace KernelGateway.AspNetCore;

/// <summary>Options of the HTTP surface: authentication, host names, origins and limits. The defaults are safe.</summary>
public sealed class KernelGatewayHttpOptions
{
    /// <summary>Gets or sets how requests are authenticated. Default: with a token.</summary>
    /// <value><c>/health</c> and CORS preflight requests are never authenticated.</value>
    public KernelGatewayAuthentication Authentication { get; set; } = KernelGatewayAuthentication.Token;

    /// <summary>Gets or sets the token.</summary>
    /// <value>
    /// Null by default: a token is generated at start-up and logged once. It is accepted in <c>Authorization: Bearer</c> or
    /// <c>Authorization: token</c>, <c>X-Access-Token</c>, <c>X-API-Key</c>, <c>E2B-Traffic-Access-Token</c>, or the query
    /// parameter <c>token</c>, and compared in fixed time. Proxies may log a query parameter; prefer a header.
    /// </value>
    public string? Token { get; set; }

    /// <summary>Gets or sets the path of a file with further tokens, each with a name and, if wanted, an expiry.</summary>
    /// <value>
    /// Null by default. One token per line: <c>NAME TOKEN</c> or <c>NAME TOKEN EXPIRY</c>, where TOKEN can be <c>sha256:</c> and the token's
    /// SHA-256 in hex, and EXPIRY is a date or a time (<c>2027-01-31T12:00:00Z</c>; UTC unless it says otherwise). Lines that begin
    /// with <c>#</c> are comments. A change is used within two or three seconds. Open requests and WebSockets of a token that was
    /// withdrawn or has expired are ended. A file that cannot be used later changes nothing and is logged. The file must belong to the gateway's
    /// user or to root; other users must not be able to read it, nor its group to change it.
    /// </value>
    public string? TokenFile { get; set; }

    /// <summary>Gets or sets a value indicating whether an audit log is written.</summary>
    /// <value>
    /// Default: false. If true, a line in the category <c>KernelGateway.Audit</c> is logged for each piece of code that is
    /// submitted, and for each context that a request creates or removes: with the name of the token, the address of the
    /// client, the id of the context, and the SHA-256 and the length of the code. Files that are used are logged with their
    /// paths, commands and terminals that are started with the SHA-256 and the length of the command. Code, commands, input
    /// and contents of files are never in it.
    /// </value>
    public bool Audit { get; set; }

    /// <summary>Gets the names that are accepted in the <c>Host</c> header, without port.</summary>
    /// <value>
    /// Empty by default. IP addresses, <c>localhost</c>, names below it and the machine's own name are always accepted; an
    /// attacker who uses DNS rebinding needs a DNS name of his own. <c>*.example.com</c> matches all names below the domain;
    /// <c>*</c> turns the check off. With <see cref="KernelGatewayAuthentication.None"/> only loopback addresses,
    /// <c>localhost</c> and names below it are accepted, and any entry here is refused.
    /// </value>
    public IList<string> AllowedHosts { get; private set; } = [];

    /// <summary>Gets or sets the domain below which local ports have names, as in <c>3000-{sandbox id}.example.com</c>.</summary>
    /// <value>
    /// Null by default: no requests are forwarded to ports. With <c>example.com</c> or <c>localhost</c>, <c>UseKernelGatewayPorts</c> forwards
    /// requests to servers that listen on loopback addresses of this machine, also to those that are not meant for the clients of the gateway.
    /// All names below the domain are accepted in the <c>Host</c> header. With <see cref="KernelGatewayAuthentication.None"/> it must be
    /// <c>localhost</c> or a name below it.
    /// </value>
    public string? Domain { get; set; }

    /// <summary>Gets the origins whose web pages may call the gateway, as in <c>https://notebooks.example.com</c>.</summary>
    /// <value>
    /// Empty by default: a request with an <c>Origin</c> other than the gateway's own gets 403. <c>https://*.example.com</c>
    /// matches all origins below the domain with that scheme and port. <c>*</c> allows every origin. It is refused together with
    /// <see cref="KernelGatewayAuthentication.None"/>: any web page could run code.
    /// </value>
    public IList<string> AllowedOrigins { get; private set; } = [];

    /// <summary>
    /// Gets or sets a value indicating whether pages of allowed origins may send cookies and other credentials.
    /// </summary>
    /// <value>
    /// Default: false. The gateway's own token does not need it; a proxy before the gateway that identifies users by a cookie
    /// does. It is refused together with the origin <c>*</c>, because browsers do not accept both.
    /// </value>
    public bool AllowCredentials { get; set; }

    /// <summary>Gets or sets the tokens in use, shared by all surfaces of these options; null before they are read.</summary>
    internal AccessTokens? Tokens { get; set; }

    /// <summary>Gets or sets an additional condition of <c>/ready</c>.</summary>
    /// <value>Null by default: <c>/ready</c> waits for a kernel that has answered. Called for each request to <c>/ready</c>; must
    /// not block.</value>
    internal Func<bool>? IsReady { get; set; }

    /// <summary>Gets or sets how long an event stream may be silent before a <c>keepalive</c> line is written.</summary>
    /// <value>Default: 5 seconds. More than zero. The line also detects clients whose connection is lost without a reset.</value>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets the longest request body, in bytes.</summary>
    /// <value>
    /// Default: 100 MiB, which holds 16 MiB of code in the longest JSON encoding. At least 1024. Bodies are held in memory and
    /// counted in <c>MaxMemory</c>.
    /// </value>
    public long MaxRequestBodyBytes { get; set; } = 100L << 20;

    /// <summary>Gets what is kept for Jupyter clients on the WebSocket route.</summary>
    public KernelChannelOptions Channels { get; private set; } = new();

    /// <summary>Gets the names of the environment variables that Jupyter clients may set for the kernels they start.</summary>
    /// <value>
    /// <c>KERNEL_*</c> by default; <c>*</c> at the end of a name matches the rest. Other variables of a client are left out, and
    /// their names are logged once. <c>*</c> alone allows all. With <c>LD_PRELOAD</c> or <c>PYTHONSTARTUP</c> a client decides
    /// what runs before the kernel, which is no more than its code can do.
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
