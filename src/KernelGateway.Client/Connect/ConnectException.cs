using System.Net;

namespace KernelGateway.Client.Connect;

/// <summary>The server refused or ended a call of the Connect protocol. Callers translate it: what "not found" means depends on the method.</summary>
/// <param name="code">The code, such as <c>not_found</c>.</param>
/// <param name="message">The server's message.</param>
/// <param name="status">The status of a plain HTTP answer; null for an error in a stream.</param>
internal sealed class ConnectException(string code, string message, HttpStatusCode? status = null) : Exception(message)
{
    public string Code => code;

    public HttpStatusCode? Status => status;

    /// <summary>Returns the code for an answer that has none (Connect protocol, HTTP to error code).</summary>
    public static string CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => "invalid_argument",
        HttpStatusCode.Unauthorized => "unauthenticated",
        HttpStatusCode.Forbidden => "permission_denied",
        HttpStatusCode.NotFound => "not_found",
        HttpStatusCode.Conflict => "aborted",
        HttpStatusCode.TooManyRequests => "resource_exhausted",
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => "unavailable",
        HttpStatusCode.NotImplemented => "unimplemented",
        _ => "unknown",
    };
}
