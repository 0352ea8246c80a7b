using System.Net;
using KernelGateway.Client.Connect;
using KernelGateway.Sandboxes;

namespace KernelGateway.Client;

/// <summary>The exceptions for answers of a sandbox's services and of the router in front of them (E2B wire API, B.2 and C.11).</summary>
internal static class EnvdErrors
{
    /// <summary>"Not found" of methods about files.</summary>
    public static SandboxException File(string message) => new SandboxFileNotFoundException(message, HttpStatusCode.NotFound, "not_found");

    /// <summary>"Not found" of methods about processes.</summary>
    public static SandboxException Process(string message) => new SandboxProcessNotFoundException(message, HttpStatusCode.NotFound, "not_found");

    /// <summary>Returns whether the router has answered that the sandbox does not run.</summary>
    public static bool IsGone(HttpStatusCode? status, string message) =>
        status == HttpStatusCode.BadGateway && message.Contains("sandbox was not found", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the exception for an error of the Connect protocol.</summary>
    /// <param name="error">The error.</param>
    /// <param name="notFound">Makes the exception for <c>not_found</c>, which differs by method.</param>
    public static SandboxException Translate(ConnectException error, Func<string, SandboxException> notFound)
    {
        var (code, status) = (error.Code, error.Status);
        var text = error.Message.Length > 0 ? error.Message : code;
        if (IsGone(status, text)) return new SandboxNotFoundException(text, status, code);
        return code switch
        {
            "not_found" => notFound(text),
            "invalid_argument" or "out_of_range" => new SandboxArgumentException(text, status, code),
            "unauthenticated" => new SandboxAuthenticationException(text, status, code),
            "resource_exhausted" => new SandboxRateLimitException(text, status, code),
            "canceled" or "deadline_exceeded" => new SandboxTimeoutException(SandboxTimeoutException.CallText(text), status, code),
            "unavailable" => new SandboxRequestException(SandboxError.Unavailable, text, status, code),
            "permission_denied" => new SandboxRequestException(SandboxError.PermissionDenied, text, status, code),
            "already_exists" => new SandboxRequestException(SandboxError.AlreadyExists, text, status, code),
            _ => new SandboxRequestException(SandboxError.Other, $"{code}: {text}", status, code),
        };
    }

    /// <summary>Reads an answer that is not a success.</summary>
    public static async Task<SandboxException> ReadAsync(
        HttpResponseMessage response, Func<string, SandboxException> notFound, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var body = WireJson.TryParseObject(text);
        var message = body?.Text("message") ?? (text.Trim() is { Length: > 0 } plain ? plain : $"The status is {(int)response.StatusCode}.");
        var status = response.StatusCode;
        return status switch
        {
            HttpStatusCode.BadRequest => new SandboxArgumentException(message, status),
            HttpStatusCode.Unauthorized => new SandboxAuthenticationException(message, status),
            HttpStatusCode.Forbidden => new SandboxRequestException(SandboxError.PermissionDenied, message, status),
            HttpStatusCode.NotFound => notFound(message),
            HttpStatusCode.TooManyRequests => new SandboxRateLimitException(message, status, retryAfter: response.Headers.RetryAfter?.Delta),
            HttpStatusCode.InsufficientStorage => new NotEnoughSpaceException(message, status),
            HttpStatusCode.BadGateway when IsGone(status, message) => new SandboxNotFoundException(message, status),
            HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable => new SandboxRequestException(SandboxError.Unavailable, message, status),
            HttpStatusCode.GatewayTimeout => new SandboxTimeoutException(message, status),
            _ => new SandboxRequestException(SandboxError.Other, $"{(int)status}: {message}", status),
        };
    }
}
