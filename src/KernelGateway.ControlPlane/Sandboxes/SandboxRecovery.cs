using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Storage;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>Brings what is stored and what is alive together when a control plane starts. What is stored has been answered, so it decides.</summary>
internal sealed partial class SandboxRecovery(SandboxDependencies plane, SandboxStarter starter, SandboxTransitions transitions)
{
    private readonly ILogger _logger = plane.Loggers.CreateLogger<SandboxRecovery>();

    /// <summary>Returns the sandboxes that go on. All others are removed from the database, the engine and the disk.</summary>
    public async Task<IReadOnlyList<Sandbox>> RunAsync(CancellationToken cancellationToken)
    {
        var alive = (await plane.Engine.RecoverAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(instance => instance.Id, StringComparer.Ordinal);
        var kept = new List<Sandbox>();
        foreach (var record in await plane.Store.ListSandboxesAsync(cancellationToken).ConfigureAwait(false))
        {
            alive.Remove(record.Id, out var instance);
            if (await RecoverAsync(record, instance).ConfigureAwait(false) is { } sandbox) kept.Add(sandbox);
            else await RemoveAsync(record, instance, cancellationToken).ConfigureAwait(false);
        }

        foreach (var orphan in alive.Keys) await starter.KillAsync(orphan).ConfigureAwait(false);
        DeleteFilesOfNobody(kept);
        LogRecovered(kept.Count, alive.Count);
        return kept;
    }

    private async Task<Sandbox?> RecoverAsync(SandboxRecord record, SandboxInstance? instance)
    {
        switch (record.State)
        {
            case StoredState.Paused when record.Files is { } files:
                // A resume that was not answered had started it.
                if (!Directory.Exists(files)) return null;
                if (instance is not null) await starter.KillAsync(record.Id).ConfigureAwait(false);
                return new Sandbox(record, SandboxState.Paused);

            case StoredState.Paused when instance is not null:
                if (!instance.IsPaused) await plane.Engine.PauseAsync(record.Id, CancellationToken.None).ConfigureAwait(false);
                return new Sandbox(record, SandboxState.Paused);

            case StoredState.Running when instance is not null:
                if (instance.IsPaused) await plane.Engine.ResumeAsync(record.Id, CancellationToken.None).ConfigureAwait(false);
                return new Sandbox(WithDeadline(record), SandboxState.Running);

            case StoredState.Running when record.PendingFiles is { } pending && Directory.Exists(pending):
                // The pause had happened; only its storing is missing.
                var sandbox = new Sandbox(record, SandboxState.Paused);
                await transitions.ChangeAsync(
                    sandbox,
                    before => before with { State = StoredState.Paused, Files = pending, PendingFiles = null, EndAt = transitions.WireNow() }).ConfigureAwait(false);
                return sandbox;

            default:
                return null;
        }
    }

    // The clock of another boot says nothing; the wall clock does.
    private SandboxRecord WithDeadline(SandboxRecord record) => record.BootId is { } boot && boot == plane.Options.BootId
        ? record
        : record with { Deadline = Lifetimes.Now(plane.Time) + (record.EndAt - plane.Time.GetUtcNow()), BootId = plane.Options.BootId };

    private async Task RemoveAsync(SandboxRecord record, SandboxInstance? instance, CancellationToken cancellationToken)
    {
        if (record.State is StoredState.Running or StoredState.Paused) LogEnded(record.Id);
        if (instance is not null) await starter.KillAsync(record.Id).ConfigureAwait(false);
        await plane.Store.RemoveAsync(record.Id, cancellationToken).ConfigureAwait(false);
    }

    private void DeleteFilesOfNobody(List<Sandbox> kept)
    {
        if (!Directory.Exists(plane.FilesDirectory)) return;
        var used = kept.Select(sandbox => sandbox.Record.Files).ToHashSet();
        foreach (var directory in Directory.EnumerateDirectories(plane.FilesDirectory).Where(path => !used.Contains(path)))
        {
            try
            {
                SandboxDependencies.Delete(directory);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                LogFilesLeft(exception, directory);
            }
        }
    }

    [LoggerMessage(7240, LogLevel.Information, "{Sandboxes} sandboxes of an earlier control plane go on; {Orphans} that nobody knows were ended.")]
    private partial void LogRecovered(int sandboxes, int orphans);

    [LoggerMessage(7241, LogLevel.Warning, "Sandbox {SandboxId} has ended while no control plane ran.")]
    private partial void LogEnded(string sandboxId);

    [LoggerMessage(7242, LogLevel.Warning, "The files in {Directory} belong to no sandbox and could not be removed.")]
    private partial void LogFilesLeft(Exception exception, string directory);
}
