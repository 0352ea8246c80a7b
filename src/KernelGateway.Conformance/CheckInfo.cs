namespace KernelGateway.Conformance;

/// <summary>Describes one check.</summary>
/// <param name="Id">Its area and its name, as in <c>header.date</c>; never renamed once published.</param>
/// <param name="Name">Its subject, in a few words.</param>
/// <param name="Requirement">The requirement of the specification.</param>
/// <param name="Section">The section of the Jupyter messaging specification with the requirement.</param>
/// <param name="IsDestructive">
/// Whether it ends the kernel, or is known to have ended or blocked real ones; such a check runs on a kernel that was not started
/// for the examination only if that is allowed.
/// </param>
public sealed record CheckInfo(string Id, string Name, string Requirement, string Section, bool IsDestructive)
{
    /// <summary>Gets the area of the check, with which its id begins.</summary>
    public string Area => Id[..Id.IndexOf('.', StringComparison.Ordinal)];
}
