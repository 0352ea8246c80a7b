using System.Globalization;
using System.Text;

namespace KernelGateway.Zmtp.Transports;

/// <summary>A parsed endpoint to connect to or to listen on.</summary>
/// <param name="Kind">The transport.</param>
/// <param name="Text">The endpoint as it was written.</param>
/// <param name="Address">The host, the path (an abstract name begins with a NUL), or the name.</param>
/// <param name="Port">The port of a tcp endpoint; 0 for any free one.</param>
internal sealed record ZmtpEndpoint(ZmtpTransportKind Kind, string Text, string Address, int Port)
{
    // sun_path has 108 bytes, the last for the NUL.
    private const int MaxPathBytes = 107;
    public const string Any = "*";

    public static ZmtpEndpoint Parse(string endpoint, bool forBind)
    {
        ArgumentException.ThrowIfNullOrEmpty(endpoint);
        var separator = endpoint.IndexOf("://", StringComparison.Ordinal);
        var scheme = separator < 0 ? string.Empty : endpoint[..separator];
        var address = separator < 0 ? string.Empty : endpoint[(separator + 3)..];
        return scheme switch
        {
            "tcp" => ParseTcp(endpoint, address, forBind),
            "ipc" => ParseIpc(endpoint, address, forBind),
            "inproc" when address.Length > 0 => new ZmtpEndpoint(ZmtpTransportKind.Inproc, endpoint, address, 0),
            _ => throw new ArgumentException(
                $"'{endpoint}' is not an endpoint; expected tcp://host:port, ipc://path or inproc://name.", nameof(endpoint)),
        };
    }

    private static ZmtpEndpoint ParseTcp(string endpoint, string address, bool forBind)
    {
        var colon = address.LastIndexOf(':');
        if (colon <= 0) throw new ArgumentException($"'{endpoint}' has no port.", nameof(endpoint));
        var host = address[..colon];
        var portText = address[(colon + 1)..];
        var port = 0;
        if (!(forBind && portText == Any)
            && (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port > ushort.MaxValue))
            throw new ArgumentException($"'{portText}' is not a port.", nameof(endpoint));
        if (!forBind && port == 0) throw new ArgumentException($"'{endpoint}' has no port to connect to.", nameof(endpoint));
        if (!forBind && host == Any) throw new ArgumentException($"'{endpoint}' has no host to connect to.", nameof(endpoint));

        if (host[0] == '[')
        {
            if (host[^1] != ']' || host.Length < 4) throw new ArgumentException($"'{host}' is not an IPv6 address.", nameof(endpoint));
            host = host[1..^1];
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{host}': an IPv6 address stands in brackets.", nameof(endpoint));
        }

        return new ZmtpEndpoint(ZmtpTransportKind.Tcp, endpoint, host, port);
    }

    private static ZmtpEndpoint ParseIpc(string endpoint, string path, bool forBind)
    {
        if (path.Length == 0) throw new ArgumentException($"'{endpoint}' has no path.", nameof(endpoint));
        if (path == Any)
        {
            if (!forBind) throw new ArgumentException($"'{endpoint}' has no path to connect to.", nameof(endpoint));
            return new ZmtpEndpoint(ZmtpTransportKind.Ipc, endpoint, path, 0);
        }

        if (path == "@" || path.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"'{endpoint}' has no usable name.", nameof(endpoint));
        var bytes = Encoding.UTF8.GetByteCount(path);
        if (bytes > MaxPathBytes)
            throw new ArgumentException($"The path of '{endpoint}' has {bytes} bytes; the limit is {MaxPathBytes}.", nameof(endpoint));
        return new ZmtpEndpoint(ZmtpTransportKind.Ipc, endpoint, path[0] == '@' ? string.Concat("\0", path.AsSpan(1)) : path, 0);
    }
}
