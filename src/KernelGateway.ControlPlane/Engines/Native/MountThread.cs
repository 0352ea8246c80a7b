namespace KernelGateway.ControlPlane.Engines.Native;

/// <summary>Runs work on a thread with mounts of its own.</summary>
/// <remarks>
/// What such a thread mounts is seen by itself and by the processes that it starts. When the last of them has ended the system
/// unmounts it, also after a crash of the control plane: nothing has to be cleaned up.
/// A thread that such a thread creates would have its mounts too. So the work starts no thread and gives none to the pool, and
/// the mounts are left before the result is set.
/// </remarks>
internal static class MountThread
{
    /// <summary>Runs work that may mount and start processes.</summary>
    internal static Task<T> RunAsync<T>(Func<T> work)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                var value = MountCalls.RunInPrivateNamespace(work);
                result.SetResult(value);
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        })
        { IsBackground = true, Name = "sandbox-mounts" };
        // Not one of the pool: its mounts cannot be given back. Without the execution context: it may outlive the request.
        thread.UnsafeStart();
        return result.Task;
    }
}
