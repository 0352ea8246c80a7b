using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Envd.Connect;

/// <summary>The codes of errors, with the numbers that gRPC has for them.</summary>
/// <remarks>Connect protocol, Error Codes.</remarks>
internal enum ConnectCode
{
    Canceled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

/// <summary>What the protocol says about codes.</summary>
internal static class ConnectCodes
{
    private static readonly (ConnectCode Code, string Name, int Status)[] All =
    [
        (ConnectCode.Canceled, "canceled", StatusCodes.Status499ClientClosedRequest),
        (ConnectCode.Unknown, "unknown", StatusCodes.Status500InternalServerError),
        (ConnectCode.InvalidArgument, "invalid_argument", StatusCodes.Status400BadRequest),
        (ConnectCode.DeadlineExceeded, "deadline_exceeded", StatusCodes.Status504GatewayTimeout),
        (ConnectCode.NotFound, "not_found", StatusCodes.Status404NotFound),
        (ConnectCode.AlreadyExists, "already_exists", StatusCodes.Status409Conflict),
        (ConnectCode.PermissionDenied, "permission_denied", StatusCodes.Status403Forbidden),
        (ConnectCode.ResourceExhausted, "resource_exhausted", StatusCodes.Status429TooManyRequests),
        (ConnectCode.FailedPrecondition, "failed_precondition", StatusCodes.Status400BadRequest),
        (ConnectCode.Aborted, "aborted", StatusCodes.Status409Conflict),
        (ConnectCode.OutOfRange, "out_of_range", StatusCodes.Status400BadRequest),
        (ConnectCode.Unimplemented, "unimplemented", StatusCodes.Status501NotImplemented),
        (ConnectCode.Internal, "internal", StatusCodes.Status500InternalServerError),
        (ConnectCode.Unavailable, "unavailable", StatusCodes.Status503ServiceUnavailable),
        (ConnectCode.DataLoss, "data_loss", StatusCodes.Status500InternalServerError),
        (ConnectCode.Unauthenticated, "unauthenticated", StatusCodes.Status401Unauthorized),
    ];

    /// <summary>Gives the name in JSON.</summary>
    public static string GetName(ConnectCode code) => All[(int)code - 1].Name;

    /// <summary>Gives the status of a unary answer.</summary>
    public static int GetStatus(ConnectCode code) => All[(int)code - 1].Status;

    /// <summary>Gives the code that clients derive from the status of an answer that another layer wrote.</summary>
    /// <remarks>Connect protocol, HTTP to Error Code. 500 is ours and says so.</remarks>
    public static ConnectCode FromStatus(int status) => status switch
    {
        StatusCodes.Status400BadRequest => ConnectCode.InvalidArgument,
        StatusCodes.Status401Unauthorized => ConnectCode.Unauthenticated,
        StatusCodes.Status403Forbidden => ConnectCode.PermissionDenied,
        StatusCodes.Status404NotFound => ConnectCode.Unimplemented,
        StatusCodes.Status413PayloadTooLarge => ConnectCode.ResourceExhausted,
        StatusCodes.Status429TooManyRequests => ConnectCode.Unavailable,
        StatusCodes.Status500InternalServerError => ConnectCode.Internal,
        >= StatusCodes.Status502BadGateway and <= StatusCodes.Status504GatewayTimeout => ConnectCode.Unavailable,
        _ => ConnectCode.Unknown,
    };
}

/// <summary>A call failed. The client gets code and message.</summary>
internal sealed class ConnectException(ConnectCode code, string message, Exception? inner = null) : Exception(message, inner)
{
    public ConnectCode Code => code;
}
