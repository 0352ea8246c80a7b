using System.Security.Cryptography;
using KernelGateway.Protocol.Files;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>The private directory of one gateway: connection files, Unix sockets, and a record of each kernel.</summary>
/// <remarks>
/// The directory and everything in it is accessible to its owner only; a kernel of another user can open the files created for it
/// and nothing else. The gateway holds a lock on the file <c>owner</c> while it runs. The system releases the lock when the
/// process ends for any reason, so the next gateway knows which directories are orphaned.
/// Disposing deletes the directory unless kernels were left running in it.
/// </remarks>
internal sealed class RunDirectory : IAsyncDisposable
{
    internal const string RecordPrefix = "record-";

    private const int MaxAttempts = 3;

    private readonly Lock _lock = new();
    private readonly RunDirectoryOwner _owner;
    private readonly bool _isClaimed;
    private readonly ulong _inode;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);     // Guarded by _lock, as the two below.
    private bool _hasLeftKernels;
    private bool _isDisposed;

    internal RunDirectory(string path, RunDirectoryOwner owner, bool isClaimed)
    {
        Path = path;
        _owner = owner;
        _isClaimed = isClaimed;
        _inode = OperatingSystem.IsWindows() ? 0 : UnixFile.TryDescribe(path, followLink: false)?.INode ?? 0;
    }

    /// <summary>Gets the directory's path.</summary>
    public string Path { get; }

    /// <summary>Gets the default root.</summary>
    public static string DefaultRoot => RunRoots.For(configured: null).First;

    /// <summary>
    /// Gets whether the directory and its lock are still there: a cleanup of the directory for temporary files removes both.
    /// </summary>
    internal bool IsIntact =>
        OperatingSystem.IsWindows()
        || (UnixFile.TryDescribe(Path, followLink: false)?.INode == _inode && File.Exists(System.IO.Path.Combine(Path, RunDirectoryOwner.FileName)));

    /// <summary>Creates a directory for this gateway.</summary>
    /// <param name="root">
    /// The directory in which to create it; <see cref="DefaultRoot"/> when null. It is created if it does not exist. If it
    /// belongs to
    /// another user,
    /// is a symbolic link or could be replaced by another user, another place is used.
    /// </param>
    /// <exception cref="IOException">The directory cannot be created in any place.</exception>
    public static RunDirectory Create(string? root = null) => Create(RunRoots.For(root), (_, _) => { });

    /// <summary>Creates a directory for this gateway in the first safe place.</summary>
    internal static RunDirectory Create(RunRoots roots, Action<string, string> passedOver)
    {
        var root = roots.Prepare(passedOver);
        for (var attempt = 1; ; attempt++)
        {
            // Short, because Unix socket paths are: 107 bytes in all.
            var path = System.IO.Path.Combine(root, $"{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}");
            var isNew = false;
            try
            {
                PrivateFiles.CreateDirectory(path);
                isNew = true;
                if (roots.IsPassable && !OperatingSystem.IsWindows()) PrivateFiles.LetPass(path);
                return new RunDirectory(path, RunDirectoryOwner.Create(path), isClaimed: false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                if (isNew) PrivateFiles.TryDeleteDirectory(path);
                // Repeated: a gateway that searches for orphans may have found the owner file before it was locked, and have taken
                // the directory over.
                if (attempt == MaxAttempts || exception is UnauthorizedAccessException) throw;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isDisposed) return ValueTask.CompletedTask;
            _isDisposed = true;
        }

        End();
        return ValueTask.CompletedTask;
    }

    /// <summary>Sets names aside for the files of a kernel.</summary>
    internal KernelFiles Reserve(string kernelId, uint? userId = null)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            // A kernel's successor may be started before the files of its predecessor are deleted.
            var name = kernelId;
            for (var generation = 2; !_names.Add(name); generation++) name = $"{kernelId}-{generation}";
            return new KernelFiles(this, name) { UserId = userId };
        }
    }

    internal void Release(string name, bool keep)
    {
        lock (_lock)
        {
            _names.Remove(name);
            _hasLeftKernels |= keep;
            // A directory taken over from another gateway is deleted with the last kernel in it.
            if (!_isClaimed || _names.Count > 0 || _isDisposed) return;
            _isDisposed = true;
        }

        End();
    }

    private void End()
    {
        // Deleted while still locked, so that no other gateway takes it over in between.
        if (!_hasLeftKernels) PrivateFiles.TryDeleteDirectory(Path);
        _owner.Dispose();
    }
}
