namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>How a kernel shows the value of the last expression.</summary>
internal enum Shown
{
    /// <summary>As an <c>execute_result</c>: the main result.</summary>
    Result,

    /// <summary>As a display.</summary>
    Display,

    /// <summary>As text on standard output.</summary>
    Stdout,
}
