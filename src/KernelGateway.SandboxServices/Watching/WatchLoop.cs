using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Watching;

/// <summary>One thread that waits for all inotify instances. It exists while there are watches.</summary>
internal sealed class WatchLoop
{
    private readonly Lock _lock = new();
    private readonly List<DirectoryWatch> _watches = [];
    private readonly List<TaskCompletionSource> _removals = [];

    // Raised when the watches have changed; belongs to the thread, and exists as long as it.
    private SafeFileHandle? _signal;

    /// <summary>Gets whether the thread exists.</summary>
    internal bool IsRunning
    {
        get
        {
            lock (_lock) return _signal is not null;
        }
    }

    /// <exception cref="SandboxFileException">The limit of open files is reached.</exception>
    internal void Add(DirectoryWatch watch)
    {
        lock (_lock)
        {
            if (_signal is null)
            {
                _signal = Inotify.CreateSignal(out var error) ?? throw SandboxFileException.Create(error, watch.Path);
                new Thread(() => Run(_signal)) { IsBackground = true, Name = "Directory watches" }.UnsafeStart();
            }
            else
            {
                Inotify.Raise(_signal);
            }

            _watches.Add(watch);
        }
    }

    /// <summary>Removes a watch, and waits until the thread does not use it any more.</summary>
    internal Task RemoveAsync(DirectoryWatch watch)
    {
        lock (_lock)
        {
            if (!_watches.Remove(watch)) return Task.CompletedTask;
            var removal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _removals.Add(removal);
            Inotify.Raise(_signal!);
            return removal.Task;
        }
    }

    private void Run(SafeFileHandle signal)
    {
        while (true)
        {
            DirectoryWatch[] watches;
            lock (_lock)
            {
                foreach (var removal in _removals) removal.SetResult();
                _removals.Clear();
                if (_watches.Count == 0)
                {
                    _signal = null;
                    signal.Dispose();
                    return;
                }

                watches = [.. _watches];
            }

            var isReadable = Inotify.WaitReadable([signal, .. watches.Select(watch => watch.Inotify)]);
            if (isReadable[0]) Inotify.Reset(signal);
            for (var i = 0; i < watches.Length; i++)
            {
                if (isReadable[i + 1]) watches[i].Drain();
            }
        }
    }
}
