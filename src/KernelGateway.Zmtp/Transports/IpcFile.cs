using System.Net.Sockets;

namespace KernelGateway.Zmtp.Transports;

/// <summary>
/// The file of a listening unix domain socket. Only a stale file is replaced, and only the own file is removed.
/// </summary>
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

    /// <summary>Prepares a path by removing a stale socket without a listener. Any other file stays, and binding fails.</summary>
    public static async ValueTask<IpcFile> ClaimAsync(string path, CancellationToken cancellationToken)
    {
        // Another process that binds between the check and the deletion loses its file: there is no atomic way.
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
            // The time of birth distinguishes the file from one that replaced it; a socket file is never written to.
            if (_bornUtc != default && Exists(_path) && File.GetLastWriteTimeUtc(_path) == _bornUtc) File.Delete(_path);
            if (_directory is not null) Directory.Delete(_directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A remaining file is stale and harmless; an exception while closing would not be.
        }
    }

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    // Opening a socket as a file fails with a specific error (no such device). Opening for reading and writing never blocks, not
    // even on a pipe.
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
