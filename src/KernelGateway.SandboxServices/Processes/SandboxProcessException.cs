namespace KernelGateway.SandboxServices.Processes;

/// <summary>Why an operation on processes failed.</summary>
public enum ProcessErrorReason
{
    /// <summary>There is no such process. Connect: <c>not_found</c>.</summary>
    NotFound,

    /// <summary>The program does not exist or cannot be executed, or the system refused. Connect: <c>invalid_argument</c>.</summary>
    StartFailed,

    /// <summary>The working directory does not exist. Connect: <c>invalid_argument</c>.</summary>
    WorkingDirectoryNotFound,

    /// <summary>There is no such user. Connect: <c>unauthenticated</c>.</summary>
    UnknownUser,

    /// <summary>The service may not start processes of this user. Connect: <c>permission_denied</c>.</summary>
    NotPermitted,

    /// <summary>The process has no input, or its input is closed. Connect: <c>internal</c>.</summary>
    InputClosed,

    /// <summary>The process does not run in a terminal. Connect: <c>internal</c>.</summary>
    NotATerminal,

    /// <summary>The process runs in a terminal, whose input cannot be closed. Connect: <c>unknown</c>.</summary>
    NotAPipe,

    /// <summary>The process has ended. Connect: <c>not_found</c>.</summary>
    Ended,
}

/// <summary>An operation on processes failed. The service and other processes go on.</summary>
public sealed class SandboxProcessException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="reason">Why the operation failed.</param>
    /// <param name="message">The message.</param>
    public SandboxProcessException(ProcessErrorReason reason, string message)
        : base(message) => Reason = reason;

    /// <summary>Gets why the operation failed.</summary>
    public ProcessErrorReason Reason { get; }
}
