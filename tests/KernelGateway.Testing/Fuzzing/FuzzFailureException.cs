namespace KernelGateway.Testing.Fuzzing;

/// <summary>The exception for a generated input that made the code fail. The message tells how to generate the input again.</summary>
public sealed class FuzzFailureException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">The number of the input, the seed, and the bytes.</param>
    /// <param name="innerException">The failure.</param>
    public FuzzFailureException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
