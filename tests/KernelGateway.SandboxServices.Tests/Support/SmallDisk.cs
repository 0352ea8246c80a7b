using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Users;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Support;

/// <summary>
/// A tmpfs of limited size in the mount namespace of one thread. That thread performs all file operations of the test. The mount ends with the
/// thread, so nothing stays mounted when a test fails.
/// </summary>
internal sealed partial class SmallDisk : IDisposable
{
    private const int NewNamespace = 0x20000;              // CLONE_NEWNS
    private const int OwnFileSystemState = 0x200;          // CLONE_FS, which CLONE_NEWNS requires
    private const nuint PrivateRecursive = 0x44000;        // MS_PRIVATE | MS_REC

    private readonly BlockingCollection<Action> _work = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("sandbox-disk-").FullName;
    private readonly Thread _thread;

    private SmallDisk()
    {
        _thread = new Thread(() =>
        {
            foreach (var work in _work.GetConsumingEnumerable()) work();
        });
        _thread.Start();
        Files = new SandboxFiles(new ThreadIdentity(SandboxUser.GetCurrent() with { Home = _folder }, this));
    }

    public SandboxFiles Files { get; }

    public static SmallDisk Create(int bytes)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can mount a small disk.");
        var disk = new SmallDisk();
        var isMounted = disk.Run(() =>
            Unshare(NewNamespace | OwnFileSystemState) == 0
            && Mount("none", "/", null, PrivateRecursive, null) == 0
            && Mount("tmpfs", disk._folder, "tmpfs", 0, $"size={bytes}") == 0);
        if (isMounted) return disk;
        disk.Dispose();
        Assert.Ignore("This machine does not allow a mount namespace.");
        return disk;
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
        Directory.Delete(_folder);
    }

    private T Run<T>(Func<T> operation)
    {
        var result = new TaskCompletionSource<T>();
        _work.Add(() =>
        {
            try
            {
                result.SetResult(operation());
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        });
#pragma warning disable VSTHRD002 // The interface is synchronous, and the other thread does not wait for this one.
        return result.Task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    private sealed class ThreadIdentity(SandboxUser user, SmallDisk disk) : FileIdentity(user)
    {
        internal override T Run<T>(Func<T> operation) => disk.Run(operation);
    }

    [LibraryImport("libc", EntryPoint = "unshare")]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string? type, nuint flags, string? options);
}
