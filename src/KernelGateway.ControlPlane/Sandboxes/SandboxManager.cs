using System.Globalization;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Storage;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>What clients can do with the sandboxes of their team.</summary>
internal sealed class SandboxManager(SandboxDependencies plane, SandboxLifecycle lifecycle)
{
    /// <summary>Gets the tokens of sandboxes.</summary>
    public SandboxTokens Tokens => plane.Tokens;

    /// <summary>Creates a sandbox that can be used when the method returns.</summary>
    /// <param name="team">The team.</param>
    /// <param name="request">What it shall be.</param>
    /// <param name="cancellationToken">Cancels the creation, which then leaves nothing.</param>
    /// <exception cref="SandboxException">It was refused or has failed.</exception>
    public async Task<Sandbox> CreateAsync(TeamRecord team, SandboxRequest request, CancellationToken cancellationToken)
    {
        request.Check();
        CheckTimeout(request.Timeout);
        var source = await TemplateSource.FindAsync(plane, team, request.Template, cancellationToken).ConfigureAwait(false);
        NetworkRules.Create(request.Network, plane.Report, plane.Options.IsOfflineByDefault);
        if (plane.Limits.TryAdd(team, source.Template.MemoryBytes, isCreate: true) is { } limit) throw new SandboxException(SandboxFailure.LimitReached, limit);
        return await lifecycle.CreateAsync(
            CreateRecord(team, request, source), source.Template, source.Files, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns a sandbox that runs, is paused, or changes between the two.</summary>
    /// <exception cref="SandboxException">There is none, or it is another team's, or it is being ended.</exception>
    public Sandbox Get(TeamRecord team, string id) => Find(id) is { } sandbox && sandbox.Record.TeamId == team.Id && IsVisible(sandbox)
        ? sandbox
        : throw SandboxException.NotFound(id);

    /// <summary>Finds a sandbox of any team; null when there is none.</summary>
    public Sandbox? Find(string id) => lifecycle.Find(id);

    /// <summary>Returns the sandboxes of a team that run or are paused.</summary>
    public IEnumerable<Sandbox> List(TeamRecord team) => lifecycle.All.Where(sandbox => sandbox.Record.TeamId == team.Id && IsVisible(sandbox));

    /// <summary>Resumes a paused sandbox, or extends the lifetime of a running one. A shorter lifetime changes nothing.</summary>
    /// <returns>The sandbox, and whether it was resumed.</returns>
    /// <exception cref="SandboxException">There is no such sandbox, it is being ended, or the resume has failed.</exception>
    public async Task<(Sandbox Sandbox, bool IsResumed)> ConnectAsync(TeamRecord team, string id, TimeSpan timeout, CancellationToken cancellationToken)
    {
        CheckTimeout(timeout);
        var sandbox = Find(id);
        if (sandbox is null || sandbox.Record.TeamId != team.Id) throw SandboxException.NotFound(id);
        for (; ; )
        {
            switch (sandbox.State)
            {
                case SandboxState.Running:
                    if (await lifecycle.TrySetLifetimeAsync(sandbox, timeout, onlyExtends: true).ConfigureAwait(false)) return (sandbox, false);
                    break;
                case SandboxState.Paused:
                    if (await lifecycle.TryResumeAsync(team, sandbox, timeout).ConfigureAwait(false)) return (sandbox, true);
                    break;
                case (SandboxState.Pausing or SandboxState.Resuming) and var changing:
                    await sandbox.WhenNot(changing).WaitAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case SandboxState.Killing:
                    throw new SandboxException(SandboxFailure.Conflict, $"Sandbox {id} is being killed");
                default:
                    throw SandboxException.NotFound(id);
            }
        }
    }

    /// <summary>Resumes a paused sandbox.</summary>
    /// <exception cref="SandboxException">It runs already, there is no such sandbox, or the resume has failed.</exception>
    public async Task<Sandbox> ResumeAsync(TeamRecord team, string id, TimeSpan timeout, bool? pausesAtEnd)
    {
        CheckTimeout(timeout);
        var sandbox = Get(team, id);
        if (!await lifecycle.TryResumeAsync(team, sandbox, timeout).ConfigureAwait(false))
        {
            throw sandbox.State is SandboxState.Running or SandboxState.Resuming
                ? new SandboxException(SandboxFailure.Conflict, $"Sandbox {id} is already running")
                : Transitioning();
        }

        if (pausesAtEnd is { } pauses) await lifecycle.ChangeAsync(sandbox, record => record with { PausesAtEnd = pauses }).ConfigureAwait(false);
        return sandbox;
    }

    /// <summary>Resumes a paused sandbox for a request that came through the router, with the lifetime that was asked for last.</summary>
    /// <exception cref="SandboxException">The team has reached a limit, or the resume has failed.</exception>
    public async Task ResumeForRequestAsync(Sandbox sandbox, CancellationToken cancellationToken)
    {
        var team = (await plane.Store.ListTeamsAsync(cancellationToken).ConfigureAwait(false)).First(team => team.Id == sandbox.Record.TeamId);
        await lifecycle.TryResumeAsync(team, sandbox, sandbox.Record.Timeout).ConfigureAwait(false);
    }

    /// <summary>Sets the lifetime of a running sandbox, which may shorten it.</summary>
    /// <exception cref="SandboxException">There is no such sandbox, it is paused, or its state is changing.</exception>
    public async Task SetTimeoutAsync(TeamRecord team, string id, TimeSpan timeout)
    {
        if (timeout < TimeSpan.Zero) timeout = TimeSpan.Zero;
        CheckMaximum(timeout);
        var sandbox = Get(team, id);
        RequireRunning(sandbox);
        if (!await lifecycle.TrySetLifetimeAsync(sandbox, timeout, onlyExtends: false).ConfigureAwait(false)) throw Transitioning();
    }

    /// <summary>Extends the lifetime of a running sandbox; it is never shortened.</summary>
    /// <exception cref="SandboxException">The lifetime is too long, there is no such sandbox, it is paused, or its state is changing.</exception>
    public async Task RefreshAsync(TeamRecord team, string id, TimeSpan duration)
    {
        CheckMaximum(duration);
        var sandbox = Get(team, id);
        RequireRunning(sandbox);
        if (!await lifecycle.TrySetLifetimeAsync(sandbox, duration, onlyExtends: true).ConfigureAwait(false)) throw Transitioning();
    }

    /// <summary>Pauses a running sandbox.</summary>
    /// <exception cref="SandboxException">There is no such sandbox, it is paused already, its state is changing, or the pause has failed.</exception>
    public async Task PauseAsync(TeamRecord team, string id, bool keepsMemory)
    {
        var sandbox = Get(team, id);
        if (await lifecycle.TryPauseAsync(sandbox, keepsMemory).ConfigureAwait(false)) return;
        throw sandbox.State == SandboxState.Paused
            ? new SandboxException(SandboxFailure.Conflict, $"Error pausing sandbox - sandbox '{id}' is already paused")
            : Transitioning();
    }

    /// <summary>Replaces the addresses that a running sandbox reaches. Its other settings of the network stay.</summary>
    /// <exception cref="SandboxException">There is no such sandbox, it does not run, or the machine cannot do it.</exception>
    public async Task SetNetworkAsync(TeamRecord team, string id, NetworkRecord egress)
    {
        var sandbox = Get(team, id);
        var policy = NetworkRules.Create(egress, plane.Report, plane.Options.IsOfflineByDefault);
        await lifecycle.InTransitionAsync(sandbox, async () =>
        {
            if (sandbox.State == SandboxState.Paused) throw new SandboxException(SandboxFailure.Conflict, $"Sandbox {id} is paused");
            RequireRunning(sandbox);
            try
            {
                await plane.Engine.SetNetworkAsync(id, policy, CancellationToken.None).ConfigureAwait(false);
            }
            catch (SandboxEngineException exception)
            {
                var isRequest = exception.Error is SandboxEngineError.NotSupported or SandboxEngineError.InvalidSpecification;
                throw new SandboxException(
                    isRequest ? SandboxFailure.Invalid : SandboxFailure.Failed,
                    $"The network of the sandbox cannot be changed: {exception.Message}",
                    code: null,
                    exception);
            }

            await lifecycle.ChangeAsync(sandbox, record => record with { Network = record.Network.WithEgress(egress) }).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    /// <summary>Ends a sandbox. It cannot be used any more from the first moment on.</summary>
    /// <exception cref="SandboxException">There is no such sandbox, or the end has failed; it is tried again then.</exception>
    public async Task KillAsync(TeamRecord team, string id)
    {
        var sandbox = Get(team, id);
        if (!await lifecycle.TryEndAsync(sandbox, "Sandbox killed").ConfigureAwait(false)) throw SandboxException.NotFound(id);
    }

    /// <summary>Refuses a lifetime that is too long or not positive.</summary>
    /// <exception cref="SandboxException">It is.</exception>
    public void CheckTimeout(TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero) throw new SandboxException(SandboxFailure.Invalid, "Timeout must be greater than 0");
        CheckMaximum(timeout);
    }

    private void CheckMaximum(TimeSpan timeout)
    {
        if (timeout <= plane.Options.MaxLifetime) return;
        throw new SandboxException(
            SandboxFailure.Invalid,
            string.Create(CultureInfo.InvariantCulture, $"Timeout cannot be greater than {plane.Options.MaxLifetime.TotalHours:0.##} hours"));
    }

    private SandboxRecord CreateRecord(TeamRecord team, SandboxRequest request, TemplateSource source) => new()
    {
        Id = SandboxId.Create(),
        TeamId = team.Id,
        State = StoredState.Creating,
        TemplateId = source.Id,
        BaseTemplateId = source.Template.Id,
        Alias = source.Alias,
        StartedAt = plane.Time.GetUtcNow(),
        Timeout = request.Timeout,
        PausesAtEnd = request.PausesAtEnd,
        KeepsMemoryAtEnd = request.KeepsMemoryAtEnd ?? true,
        ResumesOnRequest = request.ResumesOnRequest,
        IsSecured = request.IsSecured,
        Metadata = request.Metadata,
        Variables = request.Variables,
        Network = request.Network,
        Cpus = source.Template.Cpus,
        MemoryBytes = source.Template.MemoryBytes,
        DiskBytes = source.Template.DiskBytes,
    };

    private static bool IsVisible(Sandbox sandbox) =>
        sandbox.State is SandboxState.Running or SandboxState.Pausing or SandboxState.Paused or SandboxState.Resuming;

    private static SandboxException Transitioning() =>
        new(SandboxFailure.Conflict, "The sandbox is still transitioning. Try again in a moment.");

    private static void RequireRunning(Sandbox sandbox)
    {
        switch (sandbox.State)
        {
            case SandboxState.Running: return;
            case SandboxState.Pausing or SandboxState.Resuming or SandboxState.Killing: throw Transitioning();
            default: throw SandboxException.NotFound(sandbox.Id);
        }
    }
}
