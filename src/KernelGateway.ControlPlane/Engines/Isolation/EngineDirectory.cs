namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>The data directory of an engine, which one process uses at a time.</summary>
/// <param name="path">The directory.</param>
internal sealed class EngineDirectory(string path) : IDisposable
{
    // Sandboxes have users of their own.
    private const UnixFileMode Passable = HostRoot.OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private FileStream? _lock;

    internal string Sandboxes => Path.Combine(path, "sandboxes");

    /// <summary>Gets the base of sandboxes whose template has no root directory.</summary>
    internal string HostBase => Path.Combine(path, "host-root");

    internal bool IsTaken => _lock is not null;

    internal SandboxPaths PathsOf(string id) => new(Path.Combine(Sandboxes, id));

    /// <summary>Makes what is missing and takes the directory for this process.</summary>
    /// <exception cref="SandboxEngineException">Another process has it.</exception>
    internal void Take()
    {
        foreach (var directory in new[] { path, Sandboxes })
        {
            Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, Environment.IsPrivilegedProcess ? Passable : HostRoot.OwnerOnly);
        }

        try
        {
            // .NET locks the file.
            _lock = new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw SandboxEngineException.Failed($"'{path}' cannot be used, perhaps because another process does.", exception);
        }

        HostRoot.Prepare(HostBase);
    }

    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }
}
