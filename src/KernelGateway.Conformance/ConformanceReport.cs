namespace KernelGateway.Conformance;

/// <summary>Everything a run found out about a kernel.</summary>
public sealed class ConformanceReport
{
    internal ConformanceReport(string kernel, string implementation, string protocolVersion, IReadOnlyList<CheckResult> results)
    {
        Kernel = kernel;
        Implementation = implementation;
        ProtocolVersion = protocolVersion;
        Results = results;
    }

    /// <summary>Gets the examined kernel: the name of a kernelspec, or the address of a running kernel.</summary>
    public string Kernel { get; }

    /// <summary>Gets the name and version the kernel gives itself.</summary>
    public string Implementation { get; }

    /// <summary>Gets the protocol version that the kernel reports.</summary>
    public string ProtocolVersion { get; }

    /// <summary>Gets the results, in the order of the checks.</summary>
    public IReadOnlyList<CheckResult> Results { get; }

    /// <summary>Gets whether no check failed. A run in which no check could be judged has not passed.</summary>
    public bool IsPassed => Count(CheckOutcome.Fail) == 0 && Count(CheckOutcome.Pass) > 0;

    /// <summary>Counts the checks with an outcome.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <returns>How many checks ended with it.</returns>
    public int Count(CheckOutcome outcome) => Results.Count(result => result.Outcome == outcome);
}
