namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Says whether code could be run as it is.</summary>
/// <remarks>Jupyter messaging 5.x, Code completeness.</remarks>
public enum CompletenessStatus
{
    /// <summary>The kernel cannot tell; Macaulay2 never can.</summary>
    Unknown,

    /// <summary>The code can be run.</summary>
    Complete,

    /// <summary>The code needs more lines; octave always says so.</summary>
    Incomplete,

    /// <summary>The code will fail however it goes on.</summary>
    Invalid,
}
