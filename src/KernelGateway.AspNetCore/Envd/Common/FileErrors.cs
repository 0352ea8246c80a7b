using KernelGateway.AspNetCore.Envd.Connect;
using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Envd.Common;

/// <summary>The status and the code of each failure of files, where an operation has none of its own for it.</summary>
internal static class FileErrors
{
    public static int GetStatus(FileErrorReason reason) => reason switch
    {
        FileErrorReason.InvalidPath or FileErrorReason.PathTooLong or FileErrorReason.NotADirectory or FileErrorReason.IsADirectory
            or FileErrorReason.NotARegularFile or FileErrorReason.LinkLoop or FileErrorReason.SameFile
            or FileErrorReason.InvalidMetadata or FileErrorReason.NetworkFileSystem => StatusCodes.Status400BadRequest,
        FileErrorReason.NotFound => StatusCodes.Status404NotFound,
        FileErrorReason.AlreadyExists => StatusCodes.Status409Conflict,
        FileErrorReason.PermissionDenied => StatusCodes.Status403Forbidden,
        FileErrorReason.NoSpace or FileErrorReason.FileTooLarge => StatusCodes.Status507InsufficientStorage,
        _ => StatusCodes.Status500InternalServerError,
    };

    public static ConnectCode GetCode(FileErrorReason reason) => reason switch
    {
        FileErrorReason.InvalidPath or FileErrorReason.PathTooLong or FileErrorReason.NotADirectory or FileErrorReason.IsADirectory
            or FileErrorReason.NotARegularFile or FileErrorReason.SameFile or FileErrorReason.InvalidMetadata
            or FileErrorReason.NetworkFileSystem => ConnectCode.InvalidArgument,
        FileErrorReason.NotFound => ConnectCode.NotFound,
        FileErrorReason.AlreadyExists => ConnectCode.AlreadyExists,
        FileErrorReason.LinkLoop => ConnectCode.FailedPrecondition,
        FileErrorReason.PermissionDenied => ConnectCode.PermissionDenied,
        FileErrorReason.NoSpace or FileErrorReason.FileTooLarge => ConnectCode.ResourceExhausted,
        _ => ConnectCode.Internal,
    };
}
