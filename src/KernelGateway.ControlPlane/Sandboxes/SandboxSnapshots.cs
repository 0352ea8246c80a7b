using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>Copies of the files of sandboxes: snapshots, from which sandboxes can be created, and forks, which are created at once.</summary>
/// <remarks>Memory is not copied: in a copy the kernels and commands of the original do not run.</remarks>
internal sealed class SandboxSnapshots(SandboxDependencies plane, SandboxLifecycle lifecycle)
{
    /// <summary>The most forks of one request.</summary>
    public const int MaxForks = 100;

    /// <summary>Makes a snapshot of a running sandbox, which runs on.</summary>
    /// <param name="team">The team.</param>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="name">The name; null for none.</param>
    /// <exception cref="SandboxException">The sandbox does not run, the name is malformed, or the engine cannot copy.</exception>
    public async Task<SnapshotRecord> CreateAsync(TeamRecord team, Sandbox sandbox, string? name)
    {
        var (id, names) = CreateName(team, name);
        var directory = await CopyAsync(sandbox).ConfigureAwait(false);
        var old = (await plane.Store.ListSnapshotsAsync(team.Id, CancellationToken.None).ConfigureAwait(false)).Find(snapshot => snapshot.Id == id);
        var record = new SnapshotRecord(
            id, team.Id, plane.Store.Machine, names, sandbox.Id, sandbox.Record.BaseTemplateId, directory, plane.Time.GetUtcNow());
        await plane.Store.PutAsync(record, CancellationToken.None).ConfigureAwait(false);
        if (old is not null && old.Machine == plane.Store.Machine) SandboxDependencies.Delete(old.Directory);
        return record;
    }

    /// <summary>Returns the snapshots of a team, the newest first.</summary>
    public Task<List<SnapshotRecord>> ListAsync(TeamRecord team, CancellationToken cancellationToken) =>
        plane.Store.ListSnapshotsAsync(team.Id, cancellationToken);

    /// <summary>Removes a snapshot. Sandboxes that were created from it are not affected.</summary>
    /// <exception cref="SandboxException">There is none of the name.</exception>
    public async Task RemoveAsync(TeamRecord team, string name, CancellationToken cancellationToken)
    {
        var snapshots = await plane.Store.ListSnapshotsAsync(team.Id, cancellationToken).ConfigureAwait(false);
        var full = name.Contains(':', StringComparison.Ordinal) ? name : $"{name}:{TemplateReference.DefaultTag}";
        var found = snapshots.Find(snapshot => snapshot.Id == full || snapshot.Id == $"{team.Name}/{full}")
            ?? throw new SandboxException(SandboxFailure.NotFound, $"template '{name}' not found");
        await plane.Store.RemoveSnapshotAsync(found.Id, cancellationToken).ConfigureAwait(false);
        if (found.Machine == plane.Store.Machine) SandboxDependencies.Delete(found.Directory);
    }

    /// <summary>Creates sandboxes from the files that a running sandbox has at one instant.</summary>
    /// <returns>A sandbox or the failure for each fork.</returns>
    /// <exception cref="SandboxException">The sandbox does not run, or the engine cannot copy.</exception>
    public async Task<IReadOnlyList<(Sandbox? Sandbox, SandboxException? Failure)>> ForkAsync(
        TeamRecord team, Sandbox sandbox, int count, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (count is < 1 or > MaxForks) throw new SandboxException(SandboxFailure.Invalid, $"count must be between 1 and {MaxForks}");
        var template = plane.GetTemplate(sandbox.Record.BaseTemplateId);
        var directory = await CopyAsync(sandbox).ConfigureAwait(false);
        try
        {
            var forks = new List<(Sandbox? Sandbox, SandboxException? Failure)>();
            for (var i = 0; i < count; i++)
                forks.Add(await ForkOneAsync(team, sandbox.Record, template, directory, timeout, cancellationToken).ConfigureAwait(false));
            return forks;
        }
        finally
        {
            SandboxDependencies.Delete(directory);
        }
    }

    private async Task<(Sandbox? Sandbox, SandboxException? Failure)> ForkOneAsync(
        TeamRecord team, SandboxRecord source, SandboxTemplate template, string directory, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (plane.Limits.TryAdd(team, source.MemoryBytes, isCreate: true) is { } limit)
            return (null, new SandboxException(SandboxFailure.LimitReached, limit));
        try
        {
            var record = source with
            {
                Id = SandboxId.Create(),
                State = StoredState.Creating,
                StartedAt = plane.Time.GetUtcNow(),
                Timeout = timeout,
                Files = null,
                PendingFiles = null,
            };
            return (await lifecycle.CreateAsync(record, template, directory, cancellationToken).ConfigureAwait(false), null);
        }
        catch (SandboxException exception)
        {
            return (null, exception);
        }
    }

    private async Task<string> CopyAsync(Sandbox sandbox)
    {
        if (!plane.Report.Allows(EngineFeature.FileCopy))
        {
            var detail = plane.Report.Features.FirstOrDefault(feature => feature.Name == EngineFeature.FileCopy)?.Detail;
            throw new SandboxException(
                SandboxFailure.Unsupported, $"The engine '{plane.Engine.Name}' cannot copy the files of sandboxes{(detail is null ? "" : $": {detail}")}");
        }

        var directory = plane.NewSnapshotFiles();
        Directory.CreateDirectory(Path.GetDirectoryName(directory)!);
        await lifecycle.InTransitionAsync(sandbox, async () =>
        {
            switch (sandbox.State)
            {
                case SandboxState.Running: break;
                case SandboxState.Killing or SandboxState.Gone: throw SandboxException.NotFound(sandbox.Id);
                default: throw new SandboxException(SandboxFailure.Conflict, $"Sandbox {sandbox.Id} is paused");
            }

            try
            {
                await plane.Engine.CopyFilesAsync(sandbox.Id, directory, sandbox.Ending).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SandboxEngineException or IOException or OperationCanceledException)
            {
                if (sandbox.Ending.IsCancellationRequested) throw SandboxException.NotFound(sandbox.Id);
                throw new SandboxException(SandboxFailure.Failed, $"The files of the sandbox could not be copied: {exception.Message}", code: null, exception);
            }
        }).ConfigureAwait(false);
        return directory;
    }

    private static (string Id, IReadOnlyList<string> Names) CreateName(TeamRecord team, string? name)
    {
        if (name is null) return ($"{SandboxId.Create()}:{TemplateReference.DefaultTag}", []);
        if (TemplateReference.TryParse(name) is not { } reference || (reference.Namespace is { } space && space != team.Name))
            throw new SandboxException(SandboxFailure.Invalid, $"Invalid template reference: {name}");
        var path = $"{team.Name}/{reference.Name}";
        return ($"{path}:{reference.Tag ?? TemplateReference.DefaultTag}", [path]);
    }
}
