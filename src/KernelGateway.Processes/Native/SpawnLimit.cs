namespace KernelGateway.Processes.Native;

/// <summary>Sets the soft limit of open files of a new process, which posix_spawn cannot set.</summary>
/// <remarks>
/// A child inherits the limit, so the gateway's own limit is lowered while the child is created; callers start processes one
/// after another. This is done only while the gateway's descriptors are far below the lowered limit, so that other threads still
/// get descriptors. Otherwise the limit is set on the new process, just after its program was loaded.
/// </remarks>
internal ref struct SpawnLimit
{
    // The number of descriptors that all other threads may open while a process is started.
    private const int Reserve = 128;

    private readonly int? _limit;
    private readonly long _former;
    private readonly bool _isLowered;

    private SpawnLimit(SpawnRequest request)
    {
        _limit = request.OpenFilesLimit;
        // The system gives the lowest free descriptor: the newest one shows how many are in use.
        if (_limit is { } limit && Math.Max((int)request.StandardOutput.DangerousGetHandle(), (int)request.StandardError.DangerousGetHandle()) + Reserve < limit)
            _isLowered = LibC.TrySetOpenFilesLimit(0, limit, out _former);
    }

    internal static SpawnLimit Begin(SpawnRequest request) => new(request);

    /// <summary>Sets the limit of the new process if it has not inherited it.</summary>
    internal readonly void Complete(int processId)
    {
        if (_limit is { } limit && !_isLowered) LibC.TrySetOpenFilesLimit(processId, limit, out _);
    }

    /// <summary>Raises the gateway's limit again.</summary>
    public readonly void Dispose()
    {
        if (_isLowered) LibC.TrySetOpenFilesLimit(0, _former, out _);
    }
}
