using KernelGateway.AspNetCore.Envd.Connect;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Users;

namespace KernelGateway.AspNetCore.Envd.Processes;

/// <summary>Gives the failures of processes the codes and the texts of E2B's service.</summary>
internal static class ProcessErrors
{
    /// <summary>Translates an exception of a method; null where it is unexpected.</summary>
    public static ConnectException? Translate(Exception exception) => exception switch
    {
        UnknownUserException unknown => new ConnectException(
            ConnectCode.Unauthenticated, $"invalid username: '{unknown.Name}'", unknown),
        SandboxProcessException failed => Translate(failed),
        _ => null,
    };

    private static ConnectException Translate(SandboxProcessException exception) => exception.Reason switch
    {
        ProcessErrorReason.StartFailed or ProcessErrorReason.WorkingDirectoryNotFound =>
            new ConnectException(ConnectCode.InvalidArgument, exception.Message, exception),
        ProcessErrorReason.UnknownUser => new ConnectException(ConnectCode.Unauthenticated, exception.Message, exception),
        ProcessErrorReason.NotPermitted => new ConnectException(ConnectCode.PermissionDenied, exception.Message, exception),
        ProcessErrorReason.NotFound or ProcessErrorReason.Ended => new ConnectException(ConnectCode.NotFound, exception.Message, exception),
        ProcessErrorReason.InputClosed => new ConnectException(
            ConnectCode.Internal, "error writing to stdin: stdin not enabled or closed", exception),
        ProcessErrorReason.NotATerminal => new ConnectException(
            ConnectCode.Internal, "error resizing tty: tty not assigned to process", exception),
        ProcessErrorReason.NotAPipe => new ConnectException(
            ConnectCode.Unknown,
            "error closing stdin: cannot close stdin for PTY process — send Ctrl+D (0x04) instead",
            exception),
        _ => new ConnectException(ConnectCode.Internal, exception.Message, exception),
    };
}
