using System.Net.Sockets;

namespace KernelGateway.Zmtp.Transports;

/// <summary>The file of a listening unix domain socket: made room for carefully, removed only when it is still ours.</summary>
internal sealed class IpcFile
{
    private readonly string _path;
    private readonly string? _directory;
    private DateTime _bornUtc;

    private IpcFile(string path, string? directory)
    {
        _path = path;
        _directory = directory;
    }

    public string Path => _path;

    /// <summary>Makes a fresh private directory for the file.</summary>
    public static IpcFile CreateFresh()
    {
        var directory = Directory.CreateTempSubdirectory("zmtp-").FullName;
        return new IpcFile(System.IO.Path.Combine(directory, "socket"), directory);
    }

    /// <summary>Takes a path, removing a stale socket without a listener. Anything else that is there stays, and binding fails.</summary>
    public static async ValueTask<IpcFile> ClaimAsync(string path, CancellationToken cancellationToken)
    {
        // Another binder that does the same between our look and our delete loses its file: there is no atomic way.
        if (Exists(path))
        {
            if (!IsSocket(path) || await IsListenedOnAsync(path, cancellationToken).ConfigureAwait(false))
                throw new SocketException((int)SocketError.AddressAlreadyInUse);
            File.Delete(path);
        }

        return new IpcFile(path, null);
    }

    /// <summary>Remembers the file that binding has just made.</summary>
    public void Bound() => _bornUtc = File.GetLastWriteTimeUtc(_path);

    public void Remove()
    {
        try
        {
            // The time of birth tells our file from one that replaced it; a socket file is never written to.
            if (_bornUtc != default && Exists(_path) && File.GetLastWriteTimeUtc(_path) == _bornUtc) File.Delete(_path);
            if (_directory is not null) Directory.Delete(_directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file left behind is stale and harmless; failing to close over it would not be.
        }
    }

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    // Opening a socket as a file fails in a way of its own (no such device); opening for both ways never blocks, not even on a pipe.
    private static bool IsSocket(string path)
    {
        const int NoSuchDeviceOrAddress = 6;
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return false;
        }
        catch (IOException e) when (e.GetType() == typeof(IOException))
        {
            return (e.HResult & 0xFFFF) == NoSuchDeviceOrAddress;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static async ValueTask<bool> IsListenedOnAsync(string path, CancellationToken cancellationToken)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await probe.ConnectAsync(new IpcEndPoint(path), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }
}
