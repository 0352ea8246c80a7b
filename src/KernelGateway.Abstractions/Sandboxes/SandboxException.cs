namespace KernelGateway.Sandboxes;

/// <summary>Why an operation on the files or commands of a sandbox failed.</summary>
public enum SandboxError
{
    /// <summary>The message says why.</summary>
    Other,

    /// <summary>The path, the command or an option cannot be used.</summary>
    InvalidArgument,

    /// <summary>Nothing is at the path, or its directory does not exist.</summary>
    NotFound,

    /// <summary>Something is at the path already, which is not what was asked for.</summary>
    AlreadyExists,

    /// <summary>The user has no right to do it.</summary>
    PermissionDenied,

    /// <summary>The disk or the user's quota is full.</summary>
    NoSpace,

    /// <summary>The operation did not end in time.</summary>
    TimedOut,

    /// <summary>The sandbox cannot be reached.</summary>
    Unavailable,
}

/// <summary>An operation on the files or commands of a sandbox failed. The sandbox works.</summary>
public class SandboxException : KernelGatewayException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">Why it failed.</param>
    /// <param name="message">What failed and what the reader can do about it.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public SandboxException(SandboxError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>Gets why it failed.</summary>
    public SandboxError Error { get; }

    /// <inheritdoc/>
    public override bool IsTransient => Error is SandboxError.Unavailable;
}
