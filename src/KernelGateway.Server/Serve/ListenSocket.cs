using System.Net.Sockets;
using KernelGateway.AspNetCore.Transport;
using KernelGateway.Server.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace KernelGateway.Server.Serve;

/// <summary>The Unix socket on which the server listens, beside TCP or instead of it.</summary>
internal sealed class ListenSocket
{
    private const UnixFileMode OwnerCanConnect = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly UnixDomainSocketEndPoint _endPoint;
    private readonly UnixFileMode _mode;

    private ListenSocket(UnixDomainSocketEndPoint endPoint, UnixFileMode mode)
    {
        _endPoint = endPoint;
        _mode = mode;
    }

    /// <summary>Returns the socket of the options; null when there is none.</summary>
    /// <exception cref="SettingsException">The path or the mode is invalid.</exception>
    public static ListenSocket? From(ServerOptions options)
    {
        var mode = ParseMode(options.SocketMode);
        if (options.Socket is null) return null;
        if (options.Socket.Length == 0) throw new SettingsException("Socket: the path is empty.");
        var path = Path.GetFullPath(options.Socket);
        if (!Directory.Exists(Path.GetDirectoryName(path))) throw new SettingsException($"Socket: the directory of '{path}' does not exist.");
        try
        {
            return new ListenSocket(UnixSocketFile.CreateEndPoint(path), mode);
        }
        catch (ArgumentException exception)
        {
            throw new SettingsException($"Socket: {exception.Message}");
        }
    }

    /// <summary>Adds the endpoint. It serves plain HTTP also when TCP serves HTTPS: nothing of it leaves the machine.</summary>
    public void Apply(KestrelServerOptions kestrel) => kestrel.ListenUnixSocket(_endPoint.ToString());

    /// <summary>Makes the transport create the socket with its permissions.</summary>
    public void Apply(SocketTransportOptions transport)
    {
        var others = transport.CreateBoundListenSocket;
        transport.CreateBoundListenSocket = endPoint => endPoint is UnixDomainSocketEndPoint
            ? UnixSocketFile.Listen(_endPoint, _mode, transport.Backlog)
            : others(endPoint);
    }

    private static UnixFileMode ParseMode(string text)
    {
        var isOctal = text.Length is 3 or 4 && text.All(digit => digit is >= '0' and <= '7') && (text.Length == 3 || text[0] == '0');
        var mode = isOctal ? (UnixFileMode)Convert.ToInt32(text, 8) : UnixFileMode.None;
        return mode.HasFlag(OwnerCanConnect)
            ? mode
            : throw new SettingsException($"SocketMode: '{text}' is not a file mode in octal that lets the owner read and write, such as 600 or 660.");
    }
}
