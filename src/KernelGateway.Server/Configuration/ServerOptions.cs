namespace KernelGateway.Server.Configuration;

/// <summary>The options of the command itself, beside those of the gateway and of its HTTP surface.</summary>
internal sealed class ServerOptions
{
    public const string DefaultPort = "49999";

    /// <summary>Gets or sets the address to listen on: an IP address, <c>localhost</c> (both loopback addresses), or <c>*</c>.</summary>
    public string Host { get; set; } = "localhost";

    /// <summary>Gets or sets the port; 0 chooses a free one, <c>none</c> is for a server that listens on a Unix socket only.</summary>
    public string Port { get; set; } = DefaultPort;

    /// <summary>Gets or sets the path of a Unix socket to listen on too. Default: none.</summary>
    public string? Socket { get; set; }

    /// <summary>Gets or sets the permissions of the Unix socket's file, in octal. Default: the gateway's user can connect.</summary>
    public string SocketMode { get; set; } = "600";

    /// <summary>
    /// Gets or sets how many connections may be open at once. Default: half of the file descriptors that the server does not need
    /// itself.
    /// </summary>
    public int? MaxConnections { get; set; }

    /// <summary>Gets or sets a value indicating whether Kestrel's socket transport is used. Default: false, the gateway's transport.</summary>
    public bool UsesKestrelSockets { get; set; }

    /// <summary>Gets or sets the path below which everything is served, as in <c>/kernels</c>. Default: <c>/</c>.</summary>
    public string BaseUrl { get; set; } = "/";

    /// <summary>Gets the certificate files; without a certificate the server uses plain HTTP.</summary>
    public TlsOptions Tls { get; } = new();

    /// <summary>Gets the export of metrics and traces.</summary>
    public TelemetryOptions Telemetry { get; } = new();

    /// <summary>Gets whether files, directory watches and commands are served.</summary>
    public ServicesOptions Services { get; } = new();

    /// <summary>Gets the languages whose default contexts are created at the start; <c>none</c> creates none. Default: the default language.</summary>
    public IList<string> Warm { get; } = [];

    /// <summary>Gets or sets what carries the messages of kernels. Default: the gateway's own implementation of ZMTP.</summary>
    public MessageTransport Transport { get; set; }

    /// <summary>Gets or sets the lowest level that is logged.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>Gets or sets the form of the log: <c>text</c> or <c>json</c>, one object a line.</summary>
    public LogFormat LogFormat { get; set; } = LogFormat.Text;
}
