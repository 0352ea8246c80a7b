namespace KernelGateway.Launching.Native;

/// <summary>Sets the soft limit of open files of a new process, which posix_spawn cannot set.</summary>
/// <remarks>
/// A child inherits our limit, so ours is lowered while it is made; callers start processes one after another. That is done only while
/// our descriptors are far below the lowered limit, so that no other thread finds none left in that millisecond. Otherwise the
/// limit is set on the new process, just after its program was loaded and before that has run to where it reads its limits.
/// </remarks>
internal ref struct SpawnLimit
{
    // What all other threads may open while a process is started.
    private const int Reserve = 128;

    private readonly int? _limit;
    private readonly long _former;
    private readonly bool _isLowered;

    private SpawnLimit(SpawnRequest request)
    {
        _limit = request.OpenFilesLimit;
        // The system gives the lowest free descriptor: the newest ones tell how many are in use.
        if (_limit is { } limit && Math.Max((int)request.StandardOutput.DangerousGetHandle(), (int)request.StandardError.DangerousGetHandle()) + Reserve < limit)
            _isLowered = LibC.TrySetOpenFilesLimit(0, limit, out _former);
    }

    internal static SpawnLimit Begin(SpawnRequest request) => new(request);

    /// <summary>Sets the limit of the new process if it has not inherited it.</summary>
    internal readonly void Complete(int processId)
    {
        if (_limit is { } limit && !_isLowered) LibC.TrySetOpenFilesLimit(processId, limit, out _);
    }

    /// <summary>Raises our own limit again.</summary>
    public readonly void Dispose()
    {
        if (_isLowered) LibC.TrySetOpenFilesLimit(0, _former, out _);
    }
}
