namespace KernelGateway.Protocol;

/// <summary>
/// Is thrown when a requested part of a message is not JSON. The connection and all other messages still work.
/// </summary>
public sealed class MessageFormatException : FormatException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was expected and what came, without the content itself.</param>
    public MessageFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">What was expected and what came, without the content itself.</param>
    /// <param name="innerException">The error of the JSON reader.</param>
    public MessageFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
