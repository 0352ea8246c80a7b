namespace KernelGateway.Conformance;

/// <summary>The verdict of a check.</summary>
public enum CheckOutcome
{
    /// <summary>The kernel does what the specification requires.</summary>
    Pass,

    /// <summary>The kernel does something else.</summary>
    Fail,

    /// <summary>
    /// The kernel does not have the checked feature, or the check could not be judged. This never counts as a pass.
    /// </summary>
    NotApplicable,
}
