namespace KernelGateway;

/// <summary>
/// The base of every failure that KernelGateway reports by a type of its own. Misuse of the API stays with the standard .NET
/// exceptions (<see cref="ArgumentException"/>, <see cref="InvalidOperationException"/>, <see cref="ObjectDisposedException"/>),
/// and code that raises in a kernel is a result, not an exception.
/// </summary>
public abstract class KernelGatewayException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what the reader can do about it.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    protected KernelGatewayException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Gets whether the same call, made again later and unchanged, may succeed.</summary>
    public virtual bool IsTransient => false;
}
