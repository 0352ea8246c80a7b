using System.Net;
using KernelGateway.AspNetCore.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Security;

/// <summary>Stands in front of every endpoint: host, origin, token, and what becomes of a failure nobody foresaw.</summary>
internal sealed partial class RequestGuard
{
    private readonly KernelGatewayAuthentication _authentication;
    private readonly TokenCheck? _token;
    private readonly HostCheck _hosts;
    private readonly OriginCheck _origins;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    public RequestGuard(KernelGatewayHttpOptions options, ILogger logger, TimeProvider time)
    {
        _authentication = options.Authentication;
        _token = options.Authentication == KernelGatewayAuthentication.Token ? new TokenCheck(options.Token!) : null;
        _hosts = new HostCheck(options.AllowedHosts);
        _origins = new OriginCheck(options.AllowedOrigins, options.AllowCredentials);
        _logger = logger;
        _time = time;
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var started = _time.GetTimestamp();
        try
        {
            if (await RefuseAsync(context)) return;
            if (HttpMethods.IsOptions(context.Request.Method)) OriginCheck.AnswerPreflight(context.Request, context.Response);
            else await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone, or the server stops; there is nobody to answer.
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await Refusal.WriteAsync(context, exception.StatusCode, ProblemCodes.MalformedRequest, exception.Message);
        }
        catch (Exception exception)
        {
            LogFailed(exception, context.Request.Method, context.Request.Path);

            // A stream that ends without its end would count as success: clients see a broken connection instead.
            if (context.Response.HasStarted) context.Abort();
            else await Refusal.WriteAsync(context, StatusCodes.Status500InternalServerError, ProblemCodes.InternalError, "The gateway failed.");
        }
        finally
        {
            LogAnswered(
                context.Request.Method, context.Request.Path, context.Response.StatusCode, _time.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private async Task<bool> RefuseAsync(HttpContext context)
    {
        var request = context.Request;
        if (!_hosts.Allows(request.Host))
        {
            LogRefused(ProblemCodes.HostNotAllowed);
            await Refusal.WriteAsync(
                context,
                StatusCodes.Status403Forbidden,
                ProblemCodes.HostNotAllowed,
                $"The gateway is not served under the name '{request.Host.Host}'; {nameof(KernelGatewayHttpOptions.AllowedHosts)} can allow it.");
            return true;
        }

        if (!_origins.Admit(request, context.Response))
        {
            LogRefused(ProblemCodes.OriginNotAllowed);
            await Refusal.WriteAsync(
                context,
                StatusCodes.Status403Forbidden,
                ProblemCodes.OriginNotAllowed,
                $"Pages of the origin '{request.Headers.Origin}' may not call the gateway; {nameof(KernelGatewayHttpOptions.AllowedOrigins)} can allow it.");
            return true;
        }

        // Browsers send preflight requests without credentials; nothing is learned from the answer.
        if (HttpMethods.IsOptions(request.Method)) return false;
        return await RefuseUnauthenticatedAsync(context);
    }

    private async Task<bool> RefuseUnauthenticatedAsync(HttpContext context)
    {
        if (_authentication == KernelGatewayAuthentication.None && context.Connection.LocalIpAddress is { } local && !IPAddress.IsLoopback(local))
        {
            LogRefused(ProblemCodes.NotLoopback);
            await Refusal.WriteAsync(
                context, StatusCodes.Status403Forbidden, ProblemCodes.NotLoopback, "Without authentication the gateway serves loopback addresses only.");
            return true;
        }

        if (_token is null || _token.IsIn(context.Request)) return false;
        LogRefused(ProblemCodes.Unauthorized);
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"kernel-gateway\"";
        await Refusal.WriteAsync(
            context,
            StatusCodes.Status401Unauthorized,
            ProblemCodes.Unauthorized,
            "The token is missing or wrong. Send it as 'Authorization: Bearer TOKEN', as 'X-API-Key: TOKEN', or as the query parameter 'token'.");
        return true;
    }

    [LoggerMessage(5001, LogLevel.Debug, "{Method} {Path} answered {Status} after {Milliseconds:0.###} ms.")]
    private partial void LogAnswered(string method, string path, int status, double milliseconds);

    [LoggerMessage(5002, LogLevel.Warning, "A request was refused: {Code}.")]
    private partial void LogRefused(string code);

    [LoggerMessage(5003, LogLevel.Error, "{Method} {Path} failed.")]
    private partial void LogFailed(Exception exception, string method, string path);
}
