namespace KernelGateway.Testing.Fuzzing;

/// <summary>A made-up input misbehaved; the message says which, and how to make it again.</summary>
public sealed class FuzzFailureException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which input, of which seed, and its bytes.</param>
    /// <param name="innerException">What was wrong.</param>
    public FuzzFailureException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
