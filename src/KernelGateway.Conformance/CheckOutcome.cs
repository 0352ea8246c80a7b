namespace KernelGateway.Conformance;

/// <summary>What a check found.</summary>
public enum CheckOutcome
{
    /// <summary>The kernel does what the specification asks.</summary>
    Pass,

    /// <summary>The kernel does something else.</summary>
    Fail,

    /// <summary>The kernel does not have what the check is about, or the check could not be judged; never a pass.</summary>
    NotApplicable,
}
