namespace KernelGateway.Conformance.Checks;

/// <summary>A check and how it is done.</summary>
internal sealed record Check(CheckInfo Info, Func<CheckContext, CancellationToken, Task<Verdict>> Judge)
{
    /// <summary>Gets whether the kernel has ended afterwards.</summary>
    public bool EndsKernel { get; init; }

    public static Check Create(
        string id, string name, string requirement, string section, Func<CheckContext, CancellationToken, Task<Verdict>> judge,
        bool isDestructive = false, bool endsKernel = false) =>
        new(new CheckInfo(id, name, requirement, section, isDestructive || endsKernel), judge) { EndsKernel = endsKernel };
}
