using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>What a sandbox is created from: a template, or a snapshot on top of one.</summary>
/// <param name="Id">The id that the sandbox reports as its template.</param>
/// <param name="Alias">The name that it reports.</param>
/// <param name="Template">The template.</param>
/// <param name="Files">The files of the snapshot; null for a template.</param>
internal sealed record TemplateSource(string Id, string? Alias, SandboxTemplate Template, string? Files)
{
    /// <summary>Finds what a request names.</summary>
    /// <exception cref="SandboxException">There is no such template or snapshot.</exception>
    public static async Task<TemplateSource> FindAsync(
        SandboxDependencies plane, TeamRecord team, string name, CancellationToken cancellationToken)
    {
        if (TemplateReference.TryParse(name) is not { } reference) throw new SandboxException(SandboxFailure.Invalid, $"Invalid template reference: {name}");
        var snapshots = await plane.Store.ListSnapshotsAsync(team.Id, cancellationToken).ConfigureAwait(false);
        if (snapshots.Find(snapshot => Names(snapshot, reference, team)) is { } found)
        {
            if (found.Machine != plane.Store.Machine)
                throw new SandboxException(SandboxFailure.NotFound, $"template '{reference}' not found: the files of the snapshot are on '{found.Machine}'");
            return new TemplateSource(found.Id, found.Names.Count > 0 ? found.Names[0] : null, FindTemplate(found.BaseTemplateId, reference), found.Directory);
        }

        if (reference.Namespace is { } space && space != team.Name)
            throw new SandboxException(SandboxFailure.Forbidden, $"you don't have access to template '{reference}'");
        var template = FindTemplate(reference.Name, reference);
        if (reference.Tag is { } tag && tag != TemplateReference.DefaultTag)
            throw new SandboxException(SandboxFailure.NotFound, $"tag '{tag}' does not exist for template '{reference.Path}'");
        return new TemplateSource(template.Id, reference.Name, template, Files: null);

        SandboxTemplate FindTemplate(string id, TemplateReference asked) =>
            plane.FindTemplate(id) ?? throw new SandboxException(SandboxFailure.NotFound, $"template '{asked}' not found");
    }

    // A name without a namespace or a tag means the team's own, and the default tag.
    private static bool Names(SnapshotRecord snapshot, TemplateReference reference, TeamRecord team)
    {
        var full = $"{reference.Path}:{reference.Tag ?? TemplateReference.DefaultTag}";
        return snapshot.Id == full || (reference.Namespace is null && snapshot.Id == $"{team.Name}/{full}");
    }
}
