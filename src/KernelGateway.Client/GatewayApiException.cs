using System.Net;

namespace KernelGateway.Client;

/// <summary>A server refused a request or failed at it, and said so. Other requests work.</summary>
/// <remarks>
/// Where the gateway in the process has an exception of its own for the same failure (<see cref="Contexts.ContextNotFoundException"/>, …),
/// the client throws that, with this one as its cause.
/// </remarks>
public class GatewayApiException : KernelGatewayException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="statusCode">The status of the answer.</param>
    /// <param name="code">The server's code for the error; null when it sent none.</param>
    /// <param name="message">The server's message.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public GatewayApiException(HttpStatusCode statusCode, string? code, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        StatusCode = statusCode;
        Code = code;
    }

    /// <summary>Gets the status of the answer.</summary>
    public HttpStatusCode StatusCode { get; }

    /// <summary>Gets the server's code for the error, as <c>queue_full</c>; null when it sent none.</summary>
    public string? Code { get; }

    /// <inheritdoc/>
    public override bool IsTransient => StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
}
