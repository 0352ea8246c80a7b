using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>A request to the contents API is answered with an error, in the words of Jupyter's server.</summary>
/// <param name="status">The status.</param>
/// <param name="message">What clients show.</param>
/// <param name="reason">The kind of error; null for the name of the status.</param>
internal sealed class ContentsException(int status, string message, string? reason = null) : Exception(message)
{
    public int Status => status;

    public string? Reason => reason;

    public static ContentsException BadRequest(string message, string? reason = null) =>
        new(StatusCodes.Status400BadRequest, message, reason);

    public static ContentsException NotFound(ContentsPath path) =>
        new(StatusCodes.Status404NotFound, $"file or directory does not exist: '{path}'");

    public static ContentsException Outside(string path) =>
        new(StatusCodes.Status404NotFound, $"{path} is outside root contents directory");

    /// <summary>Describes a failure of the file system. The message does not name the directory that is served.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="path">The path of the request.</param>
    public static ContentsException From(SandboxFileException failure, ContentsPath path) => failure.Reason switch
    {
        FileErrorReason.NotFound or FileErrorReason.NotADirectory => NotFound(path),
        FileErrorReason.PermissionDenied or FileErrorReason.ReadOnlyFileSystem =>
            new(StatusCodes.Status403Forbidden, $"Permission denied: {path}"),
        FileErrorReason.InvalidPath => BadRequest(failure.Message),
        FileErrorReason.PathTooLong => BadRequest("The path is too long."),
        FileErrorReason.LinkLoop => BadRequest($"{path} is a link that leads to itself."),
        FileErrorReason.IsADirectory => BadRequest($"{path} is a directory, not a file", "bad type"),
        FileErrorReason.NotARegularFile => BadRequest($"Cannot read non-file {path}"),
        FileErrorReason.NoSpace or FileErrorReason.FileTooLarge =>
            new(StatusCodes.Status507InsufficientStorage, $"{path}: {failure.SystemErrorText}"),
        FileErrorReason.AlreadyExists or FileErrorReason.NotEmpty or FileErrorReason.Busy =>
            new(StatusCodes.Status409Conflict, $"{path}: {failure.SystemErrorText}"),
        _ => new(StatusCodes.Status500InternalServerError, $"{path}: {failure.SystemErrorText}"),
    };
}
