using System.Net;
using KernelGateway.Sandboxes;

namespace KernelGateway.Client;

/// <summary>A service refused a request about a sandbox or failed at it. The base of the more specific exceptions of the client.</summary>
public class SandboxRequestException : SandboxException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">Why the request failed.</param>
    /// <param name="message">The service's message.</param>
    /// <param name="statusCode">The status of the answer; null when there was none, or when the error came in a stream.</param>
    /// <param name="code">The service's code, when it sent one.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public SandboxRequestException(SandboxError error, string message, HttpStatusCode? statusCode = null, string? code = null, Exception? innerException = null)
        : base(error, message, innerException)
    {
        StatusCode = statusCode;
        Code = code;
    }

    /// <summary>Gets the status of the answer; null when there was none, or when the error came in a stream.</summary>
    public HttpStatusCode? StatusCode { get; }

    /// <summary>Gets the service's code, such as <c>not_found</c> or <c>sandbox_capacity_unavailable</c>; null when it sent none.</summary>
    public string? Code { get; }
}

/// <summary>The sandbox does not exist, has ended, or is paused where a running one is needed.</summary>
/// <param name="message">The service's message.</param>
/// <param name="statusCode">The status of the answer.</param>
/// <param name="code">The service's code, when it sent one.</param>
public sealed class SandboxNotFoundException(string message, HttpStatusCode? statusCode = null, string? code = null)
    : SandboxRequestException(SandboxError.NotFound, message, statusCode, code);

/// <summary>No file or directory is at the path.</summary>
/// <param name="message">The service's message.</param>
/// <param name="statusCode">The status of the answer.</param>
/// <param name="code">The service's code, when it sent one.</param>
public sealed class SandboxFileNotFoundException(string message, HttpStatusCode? statusCode = null, string? code = null)
    : SandboxRequestException(SandboxError.NotFound, message, statusCode, code);

/// <summary>No process of the sandbox has the id; it may have ended.</summary>
/// <param name="message">The service's message.</param>
/// <param name="statusCode">The status of the answer.</param>
/// <param name="code">The service's code, when it sent one.</param>
public sealed class SandboxProcessNotFoundException(string message, HttpStatusCode? statusCode = null, string? code = null)
    : SandboxRequestException(SandboxError.NotFound, message, statusCode, code);

/// <summary>The service has no such snapshot or template, or the account may not use it.</summary>
/// <param name="message">The service's message.</param>
/// <param name="statusCode">The status of the answer.</param>
/// <param name="code">The service's code, when it sent one.</param>
public sealed class SandboxTemplateNotFoundException(string message, HttpStatusCode? statusCode = null, string? code = null)
    : SandboxRequestException(SandboxError.NotFound, message, statusCode, code);

/// <summary>A request, a command or a watch did not end in time, or its sandbox ended meanwhile.</summary>
public sealed class SandboxTimeoutException : SandboxRequestException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What did not end in time, and which limit it was.</param>
    /// <param name="statusCode">The status of the answer.</param>
    /// <param name="code">The service's code, when it sent one.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public SandboxTimeoutException(string message, HttpStatusCode? statusCode = null, string? code = null, Exception? innerException = null)
        : base(SandboxError.TimedOut, message, statusCode, code, innerException)
    {
    }

    internal static string CallText(string text) =>
        $"{text}: the command or watch has reached its Timeout, which its options set; Timeout.InfiniteTimeSpan is no limit.";

    internal static string KilledText(string text) =>
        $"The sandbox was killed or reached its end of life while the request was in progress; its lifetime is extended with SetTimeoutAsync. ({text})";
}

/// <summary>The API key or the sandbox's token is missing or wrong, or the user in the sandbox does not exist.</summary>
/// <param name="message">The service's message.</param>
/// <param name="statusCode">The status of the answer.</param>
/// <param name="code">The service's code, when it sent one.</param>
public sealed class SandboxAuthenticationException(string message, HttpStatusCode? statusCode = null, string? code = null)
    : SandboxRequestException(SandboxError.PermissionDenied, message, statusCode, code);

/// <summary>There were too many requests, or there are too many sandboxes.</summary>
/// <param name="message">The service's message.</param>
/// <param name="statusCode">The status of the answer.</param>
/// <param name="code">The service's code, when it sent one.</param>
/// <param name="retryAfter">How long the service asks to wait, when it said so.</param>
public sealed class SandboxRateLimitException(string message, HttpStatusCode? statusCode = null, string? code = null, TimeSpan? retryAfter = null)
    : SandboxRequestException(SandboxError.Unavailable, message, statusCode, code)
{
    /// <summary>Gets how long the service asks to wait; null when it did not say so.</summary>
    public TimeSpan? RetryAfter => retryAfter;
}

/// <summary>The service cannot take more work at the moment.</summary>
/// <param name="message">The service's message.</param>
/// <param name="statusCode">The status of the answer.</param>
/// <param name="code">The service's code, when it sent one.</param>
public sealed class SandboxServiceBusyException(string message, HttpStatusCode? statusCode = null, string? code = null)
    : SandboxRequestException(SandboxError.Unavailable, message, statusCode, code);

/// <summary>The disk of the sandbox is full.</summary>
/// <param name="message">The service's message.</param>
/// <param name="statusCode">The status of the answer.</param>
/// <param name="code">The service's code, when it sent one.</param>
public sealed class NotEnoughSpaceException(string message, HttpStatusCode? statusCode = null, string? code = null)
    : SandboxRequestException(SandboxError.NoSpace, message, statusCode, code);

/// <summary>The service cannot use a path, an option or another value of the request.</summary>
/// <param name="message">The service's message.</param>
/// <param name="statusCode">The status of the answer.</param>
/// <param name="code">The service's code, when it sent one.</param>
public sealed class SandboxArgumentException(string message, HttpStatusCode? statusCode = null, string? code = null)
    : SandboxRequestException(SandboxError.InvalidArgument, message, statusCode, code);

/// <summary>The services inside the sandbox are too old for what was asked; its template has to be built again.</summary>
/// <param name="message">What is missing, and from which version on it exists.</param>
public sealed class SandboxTemplateException(string message) : SandboxRequestException(SandboxError.Other, message);
