using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.AspNetCore.Rest;

/// <summary>Runs before each route: finds the team of the API key, writes the CORS headers, and answers failures.</summary>
internal sealed partial class RestGuard(ControlPlaneSurface surface)
{
    internal const string KeyHeader = "X-API-KEY";
    private const string Bearer = "Bearer ";
    private const string ExposedHeaders = "X-Next-Token, X-Total-Running, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After";

    private readonly ILogger _logger = surface.Logger;

    /// <summary>Answers the preflight request of a page; those of all origins may call, with the key that they were given.</summary>
    public static Task AnswerPreflightAsync(HttpContext context)
    {
        Admit(context);
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = "GET, POST, PUT, PATCH, DELETE, OPTIONS";
        headers.AccessControlMaxAge = "7200";
        if (context.Request.Headers.AccessControlRequestHeaders.ToString() is { Length: > 0 } asked) headers.AccessControlAllowHeaders = asked;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>Returns the handler of a route.</summary>
    public RequestDelegate Protect(Func<HttpContext, TeamRecord, Task> handler) => context => InvokeAsync(context, handler);

    private static void Admit(HttpContext context)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.AccessControlExposeHeaders = ExposedHeaders;
    }

    private static string? ReadKey(HttpRequest request)
    {
        if (request.Headers[KeyHeader].ToString() is { Length: > 0 } key) return key;
        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : null;
    }

    private async Task InvokeAsync(HttpContext context, Func<HttpContext, TeamRecord, Task> handler)
    {
        Admit(context);
        try
        {
            var key = ReadKey(context.Request);
            var team = key is null ? null : await surface.Keys.FindTeamOfKeyAsync(key, context.RequestAborted);
            if (team is not null)
            {
                await handler(context, team);
                return;
            }

            var problem = key is null
                ? "The API key is missing: send it in the header X-API-KEY."
                : "Invalid API key. 'kernel-gateway sandboxes keys list' shows the keys there are.";
            await RestError.WriteAsync(context, StatusCodes.Status401Unauthorized, problem);
        }
        catch (SandboxException exception)
        {
            if (exception.Failure == SandboxFailure.Failed) LogFailed(exception, context.Request.Method, context.GetEndpoint()?.DisplayName);
            if (!context.Response.HasStarted) await RestError.WriteAsync(context, exception);
        }
        catch (Exception exception) when (context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException)
        {
            // The client has gone; what it asked for was done or undone.
            context.Abort();
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await RestError.WriteAsync(context, exception.StatusCode, $"Error when parsing request: {exception.Message}");
        }
        catch (Exception exception)
        {
            LogFailed(exception, context.Request.Method, context.GetEndpoint()?.DisplayName);
            if (context.Response.HasStarted) context.Abort();
            else await RestError.WriteAsync(context, StatusCodes.Status500InternalServerError, "The control plane failed.");
        }
    }

    [LoggerMessage(7301, LogLevel.Error, "{Method} {Route} failed.")]
    private partial void LogFailed(Exception exception, string method, string? route);
}
