using KernelGateway.AspNetCore.Envd.Common;
using KernelGateway.AspNetCore.Envd.Connect;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Users;

namespace KernelGateway.AspNetCore.Envd.Filesystem;

/// <summary>Gives the failures of files the codes and the texts of E2B's service.</summary>
internal static class FilesystemErrors
{
    /// <summary>Translates an exception for which a method has no text of its own; null where it is unexpected.</summary>
    public static ConnectException? Translate(Exception exception) => exception switch
    {
        UnknownUserException unknown => new ConnectException(
            ConnectCode.Unauthenticated, $"invalid username: '{unknown.Name}'", unknown),
        SandboxFileException failed => Create(FileErrors.GetCode(failed.Reason), failed.Message, failed),
        _ => null,
    };

    /// <summary>Runs an operation, with a text for some of its failures.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="describe">Gives the error; null for that of <see cref="Translate"/>.</param>
    /// <exception cref="ConnectException">It failed, and the text describes it.</exception>
    public static async Task<T> RunAsync<T>(Task<T> operation, Func<SandboxFileException, ConnectException?> describe)
    {
        try
        {
            return await operation;
        }
        catch (SandboxFileException exception)
        {
            if (describe(exception) is { } described) throw described;
            throw;
        }
    }

    public static ConnectException? OfStat(SandboxFileException exception) => exception.Reason == FileErrorReason.NotFound
        ? Create(ConnectCode.NotFound, $"file not found: lstat {exception.Path}: {exception.SystemErrorText}", exception)
        : null;

    public static ConnectException? OfListing(SandboxFileException exception) => exception.Reason switch
    {
        FileErrorReason.NotFound => Create(
            ConnectCode.NotFound, $"path not found: stat {exception.Path}: {exception.SystemErrorText}", exception),
        FileErrorReason.NotADirectory => Create(
            ConnectCode.InvalidArgument, $"path is not a directory: {exception.Path}", exception),
        FileErrorReason.LinkLoop => Create(
            ConnectCode.FailedPrecondition, $"cyclic symlink or chain >255 links at \"{exception.Path}\"", exception),
        FileErrorReason.Other or FileErrorReason.LimitReached => Create(
            ConnectCode.Internal, $"error reading directory {exception.Path}: {exception.SystemErrorText}", exception),
        _ => null,
    };

    public static Func<SandboxFileException, ConnectException?> OfMaking(string path) => exception =>
        exception.Reason == FileErrorReason.NotADirectory && exception.Path == path
            ? Create(ConnectCode.InvalidArgument, $"path already exists but it is not a directory: {path}", exception)
            : null;

    public static ConnectException? OfMove(SandboxFileException exception) => exception.Reason switch
    {
        FileErrorReason.NotFound => Create(
            ConnectCode.NotFound, $"source file not found: stat {exception.Path}: {exception.SystemErrorText}", exception),
        FileErrorReason.InvalidPath or FileErrorReason.PathTooLong or FileErrorReason.PermissionDenied or FileErrorReason.NoSpace
            or FileErrorReason.LinkLoop => null,
        _ => Create(ConnectCode.Internal, $"error renaming: {exception.Path}: {exception.SystemErrorText}", exception),
    };

    public static ConnectException? OfWatch(SandboxFileException exception) => exception.Reason switch
    {
        FileErrorReason.NotFound => Create(
            ConnectCode.NotFound, $"path {exception.Path} not found: {exception.SystemErrorText}", exception),
        FileErrorReason.NotADirectory => Create(
            ConnectCode.InvalidArgument, $"path {exception.Path} not a directory: {exception.SystemErrorText}", exception),
        _ => null,
    };

    private static ConnectException Create(ConnectCode code, string message, Exception inner) => new(code, message, inner);
}
