using KernelGateway.ControlPlane.Storage;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>Pauses, resumes and ends sandboxes: the engine's work, what is stored of it, and the way back when it fails.</summary>
/// <remarks>
/// Each method is called in the state that says what is being done, and leaves the sandbox in the next one, or in the one before. Once begun,
/// a transition does not depend on the client that asked for it.
/// </remarks>
internal sealed partial class SandboxTransitions
{
    private readonly SandboxDependencies _plane;
    private readonly SandboxStarter _starter;
    private readonly ILogger _logger;

    public SandboxTransitions(SandboxDependencies plane, SandboxStarter starter)
    {
        _plane = plane;
        _starter = starter;
        _logger = plane.Loggers.CreateLogger<SandboxTransitions>();
    }

    /// <summary>Pauses a sandbox that is <see cref="SandboxState.Pausing"/>.</summary>
    /// <exception cref="SandboxException">It failed; the sandbox runs as before.</exception>
    public async Task PauseAsync(Sandbox sandbox, bool keepsMemory)
    {
        var record = sandbox.Record;
        var directory = keepsMemory ? null : _plane.NewPausedFiles(record.Id);
        try
        {
            if (directory is null) await _plane.Engine.PauseAsync(record.Id, CancellationToken.None).ConfigureAwait(false);
            else await KeepFilesAsync(sandbox, directory).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not EpochLostException)
        {
            await RunAgainAsync(sandbox).ConfigureAwait(false);
            throw PauseFailed(exception, record.Id);
        }

        SandboxRecord Paused(SandboxRecord before) =>
            before with { State = StoredState.Paused, Files = directory, PendingFiles = null, EndAt = WireNow(), BootId = null };
        try
        {
            await ChangeAsync(sandbox, Paused).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not EpochLostException)
        {
            if (directory is null)
            {
                await RunAgainAsync(sandbox).ConfigureAwait(false);
            }
            else
            {
                // There is no way back. After a restart the files say that it is paused.
                sandbox.Apply(Paused(sandbox.Record));
                Uncount(sandbox);
                sandbox.Complete(SandboxState.Paused);
            }

            throw PauseFailed(exception, record.Id);
        }

        Uncount(sandbox);
        if (sandbox.Complete(SandboxState.Paused)) sandbox.Report(_plane.Time.GetUtcNow(), "info", "Sandbox paused");
    }

    /// <summary>Resumes a sandbox that is <see cref="SandboxState.Resuming"/>, and whose team has room for it.</summary>
    /// <exception cref="SandboxException">It failed; the sandbox is paused as before.</exception>
    public async Task ResumeAsync(Sandbox sandbox, TimeSpan timeout)
    {
        var record = sandbox.Record;
        try
        {
            if (record.Files is null) await _plane.Engine.ResumeAsync(record.Id, CancellationToken.None).ConfigureAwait(false);
            else await StartAgainAsync(sandbox, record.Files).ConfigureAwait(false);
            await ChangeAsync(sandbox, before => WithLifetime(before, timeout) with { State = StoredState.Running, Files = null }).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not EpochLostException)
        {
            await StopAgainAsync(record).ConfigureAwait(false);
            Uncount(sandbox);
            sandbox.Complete(SandboxState.Paused);
            throw exception as SandboxException
                ?? new SandboxException(SandboxFailure.Failed, $"Error resuming sandbox: {exception.Message}", code: null, exception);
        }

        if (sandbox.Complete(SandboxState.Running)) sandbox.Report(_plane.Time.GetUtcNow(), "info", "Sandbox resumed");
        DeleteQuietly(record.Files);
    }

    /// <summary>Ends a sandbox that is <see cref="SandboxState.Killing"/>. Nothing of it is left, and nothing is stored.</summary>
    /// <exception cref="SandboxException">It failed; the sandbox is still being ended, and this can be called again.</exception>
    public async Task EndAsync(Sandbox sandbox)
    {
        var id = sandbox.Id;
        try
        {
            sandbox.BeginIncarnation();

            // Stored first: after a crash the end is completed, whatever the engine had done.
            await ChangeAsync(sandbox, before => before with { State = StoredState.Killing }).ConfigureAwait(false);
            await _starter.CloseFirstSocketsAsync(sandbox).ConfigureAwait(false);
            await _starter.KillAsync(id).ConfigureAwait(false);
            SandboxDependencies.Delete(sandbox.Record.Files);
            SandboxDependencies.Delete(sandbox.Record.PendingFiles);
            await _plane.Store.RemoveAsync(id, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not EpochLostException)
        {
            LogEndFailed(exception, id);
            throw new SandboxException(SandboxFailure.Failed, $"Error killing sandbox: {exception.Message}", code: null, exception);
        }
    }

    /// <summary>Stores a changed record and makes it the current one.</summary>
    public async Task ChangeAsync(Sandbox sandbox, Func<SandboxRecord, SandboxRecord> change)
    {
        await sandbox.Writes.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            var before = sandbox.Record;
            var after = change(before);
            if (ReferenceEquals(before, after)) return;
            await _plane.Store.ChangeAsync(after, CancellationToken.None).ConfigureAwait(false);
            sandbox.Apply(after);
        }
        finally
        {
            sandbox.Writes.Release();
        }
    }

    /// <summary>Returns a record whose lifetime begins now.</summary>
    public SandboxRecord WithLifetime(SandboxRecord record, TimeSpan timeout) => record with
    {
        EndAt = WireNow() + timeout,
        Deadline = Lifetimes.Now(_plane.Time) + timeout,
        BootId = _plane.Options.BootId,
        Timeout = timeout,
    };

    /// <summary>Returns the time as it is reported, in whole milliseconds.</summary>
    public DateTimeOffset WireNow()
    {
        var now = _plane.Time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }

    /// <summary>Takes a sandbox out of the limits of its team, if it is counted there.</summary>
    public void Uncount(Sandbox sandbox)
    {
        if (sandbox.TryUncount()) _plane.Limits.Remove(sandbox.Record.TeamId, sandbox.Record.MemoryBytes);
    }

    private async Task KeepFilesAsync(Sandbox sandbox, string directory)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(directory)!);
        sandbox.BeginIncarnation();

        // Stored first: after a crash the files tell whether the pause had happened.
        await ChangeAsync(sandbox, before => before with { PendingFiles = directory }).ConfigureAwait(false);
        await _plane.Engine.KillAsync(sandbox.Id, directory, CancellationToken.None).ConfigureAwait(false);
    }

    private SandboxException PauseFailed(Exception exception, string id)
    {
        LogPauseFailed(exception, id);
        return new SandboxException(SandboxFailure.Failed, $"Error pausing sandbox: {exception.Message}", code: null, exception);
    }

    // The engine may have stopped it in part.
    private async Task RunAgainAsync(Sandbox sandbox)
    {
        try
        {
            await _plane.Engine.ResumeAsync(sandbox.Id, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogNotResumed(exception, sandbox.Id);
        }

        if (sandbox.Complete(SandboxState.Running)) _starter.BeginWatch(sandbox);
    }

    private Task StartAgainAsync(Sandbox sandbox, string files) =>
        _starter.StartAsync(sandbox, _plane.GetTemplate(sandbox.Record.BaseTemplateId), files, CancellationToken.None);

    private async Task StopAgainAsync(SandboxRecord record)
    {
        try
        {
            // With files, the start has left nothing and the files are still there.
            if (record.Files is null) await _plane.Engine.PauseAsync(record.Id, CancellationToken.None).ConfigureAwait(false);
            else await _starter.KillAsync(record.Id).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogPauseFailed(exception, record.Id);
        }
    }

    private void DeleteQuietly(string? directory)
    {
        try
        {
            SandboxDependencies.Delete(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogFilesLeft(exception, directory!);
        }
    }

    [LoggerMessage(7201, LogLevel.Warning, "Sandbox {SandboxId} was not paused.")]
    private partial void LogPauseFailed(Exception exception, string sandboxId);

    [LoggerMessage(7202, LogLevel.Error, "Sandbox {SandboxId} was not ended; this is tried again.")]
    private partial void LogEndFailed(Exception exception, string sandboxId);

    [LoggerMessage(7205, LogLevel.Error, "Sandbox {SandboxId} could not be resumed after a pause that failed.")]
    private partial void LogNotResumed(Exception exception, string sandboxId);

    [LoggerMessage(7206, LogLevel.Warning, "The files in {Directory} are no longer needed and could not be removed.")]
    private partial void LogFilesLeft(Exception exception, string directory);
}
