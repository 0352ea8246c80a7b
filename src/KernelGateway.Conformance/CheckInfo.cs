namespace KernelGateway.Conformance;

/// <summary>Describes one check.</summary>
/// <param name="Id">Its area and its own name, as in <c>header.date</c>; never renamed once published.</param>
/// <param name="Name">What it is about, in a few words.</param>
/// <param name="Requirement">What the specification asks.</param>
/// <param name="Section">The section of the Jupyter messaging specification that asks it.</param>
/// <param name="IsDestructive">
/// Whether it ends the kernel, or is known to have ended or deafened real ones; such a check does not run on a kernel of
/// somebody else unless that is allowed.
/// </param>
public sealed record CheckInfo(string Id, string Name, string Requirement, string Section, bool IsDestructive)
{
    /// <summary>Gets the group the check belongs to: what its id begins with.</summary>
    public string Area => Id[..Id.IndexOf('.', StringComparison.Ordinal)];
}
