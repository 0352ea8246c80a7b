using System.Net;
using System.Net.Sockets;
using KernelGateway.Processes.Native;
using KernelGateway.Protocol.Files;

namespace KernelGateway.AspNetCore.Transport;

/// <summary>Creates listening Unix sockets: with the permissions of the options, and in place of the file that a killed server has left.</summary>
/// <remarks>.NET deletes the file when the socket is disposed.</remarks>
internal static class UnixSocketFile
{
    // Several servers may start at once; each has the lock for less than a millisecond.
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(5);

    /// <summary>Creates the end point of a path.</summary>
    /// <exception cref="ArgumentException">The path is longer than the system allows.</exception>
    public static UnixDomainSocketEndPoint CreateEndPoint(string path)
    {
        try
        {
            return new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            var length = System.Text.Encoding.UTF8.GetByteCount(path);
            throw new ArgumentException($"'{path}' is {length} bytes long; a path of a Unix socket is at most {GetLongestPath()} bytes long.", exception);
        }
    }

    /// <summary>Binds a socket and listens.</summary>
    /// <param name="endPoint">The full path.</param>
    /// <param name="mode">Who can connect: those who can write the file.</param>
    /// <param name="backlog">How many connections may wait to be accepted.</param>
    /// <exception cref="IOException">Another process listens there, or the file is not a socket.</exception>
    /// <exception cref="SocketException">The socket cannot be created.</exception>
    public static Socket Listen(UnixDomainSocketEndPoint endPoint, UnixFileMode mode, int backlog)
    {
        var path = endPoint.ToString();
        if (OperatingSystem.IsWindows()) return Bind(endPoint, path, mode, backlog);

        // Under a lock: of two servers that start at once, one could take the other's socket for an abandoned one before it listens.
        using var directory = UnixFile.Open(Path.GetDirectoryName(path)!, UnixOpenModes.Read | UnixOpenModes.Directory);
        if (!SpinWait.SpinUntil(() => LibC.TryLock(directory), LockPatience))
        {
            throw new IOException($"'{path}' cannot be created: another process has locked its directory.");
        }

        DeleteAbandoned(endPoint, path);
        return Bind(endPoint, path, mode, backlog);
    }

    private static Socket Bind(UnixDomainSocketEndPoint endPoint, string path, UnixFileMode mode, int backlog)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(endPoint);

            // Nobody can connect before the socket listens, so the first permissions do not matter.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
            socket.Listen(backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void DeleteAbandoned(UnixDomainSocketEndPoint endPoint, string path)
    {
        if (UnixFile.TryDescribe(path, followLink: false) is not { } status) return;
        if (status.Type != UnixFileType.Socket) throw new IOException($"'{path}' is {UnixFile.Name(status.Type)}, not a socket; it is not replaced.");
        if (HasListener(endPoint, path)) throw new IOException($"'{path}' is in use: another process listens on it.");
        File.Delete(path);
    }

    // Does not wait: a connection is refused at once, accepted into the backlog, or the backlog is full.
    private static bool HasListener(UnixDomainSocketEndPoint endPoint, string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(endPoint);
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new IOException($"'{path}' belongs to another user.", exception);
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static int GetLongestPath()
    {
        for (var length = 120; ; length--)
        {
            try
            {
                _ = new UnixDomainSocketEndPoint(new string('x', length));
                return length;
            }
            catch (ArgumentOutOfRangeException)
            {
                // Linux allows 107 bytes, macOS 103.
            }
        }
    }
}
