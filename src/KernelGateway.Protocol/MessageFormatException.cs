namespace KernelGateway.Protocol;

/// <summary>
/// Is thrown when a part of a message that was asked for is not JSON. The connection and all other messages still work.
/// </summary>
public sealed class MessageFormatException : FormatException
{
    /// <summary>Says what could not be read.</summary>
    /// <param name="message">What was expected and what came, without the content itself.</param>
    public MessageFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Says what could not be read and why.</summary>
    /// <param name="message">What was expected and what came, without the content itself.</param>
    /// <param name="innerException">Where the bytes stopped making sense.</param>
    public MessageFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
