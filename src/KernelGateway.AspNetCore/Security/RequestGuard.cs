using System.Net;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.Logging;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Security;

/// <summary>Runs before every endpoint: checks host, origin and token, and answers unexpected failures.</summary>
internal sealed partial class RequestGuard
{
    private const string MissingToken =
        "The token is missing or wrong. Send it as 'Authorization: Bearer TOKEN', as 'X-API-Key: TOKEN', or as the query parameter 'token'.";

    private readonly KernelGatewayAuthentication _authentication;
    private readonly TokenCheck? _token;
    private readonly HostCheck _hosts;
    private readonly OriginCheck _origins;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    // By code, with a rate limit: everybody who can connect can cause these.
    private readonly RateLimitedLog<string> _refusals;

    public RequestGuard(KernelGatewayHttpOptions options, ILogger logger, TimeProvider time)
    {
        _authentication = options.Authentication;
        _token = options.Authentication == KernelGatewayAuthentication.Token
            ? new TokenCheck(options.Tokens ?? new AccessTokens(options.Token, options.TokenFile, logger, time))
            : null;
        IEnumerable<string> domain = options.Domain is { } name ? [name, $"*.{name}"] : [];
        _hosts = new HostCheck([.. options.AllowedHosts, .. domain], servesLoopbackOnly: options.Authentication == KernelGatewayAuthentication.None);
        _origins = new OriginCheck(options.AllowedOrigins, options.AllowCredentials);
        _logger = logger;
        _time = time;
        _refusals = new RateLimitedLog<string>((code, _, count) => LogRefused(code, count), time);
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var started = _time.GetTimestamp();
        var isAdmitted = false;
        try
        {
            if (await RefuseAsync(context)) return;
            isAdmitted = true;
            await using var withdrawal = context.Features.Get<AccessToken>()?.Withdrawn.UnsafeRegister(Abort, context)
                ?? default(CancellationTokenRegistration);
            if (HttpMethods.IsOptions(context.Request.Method)) OriginCheck.AnswerPreflight(context.Request, context.Response, FindOpenOrigins(context));
            else await next(context);
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await Refusal.WriteAsync(context, exception.StatusCode, ProblemCodes.MalformedRequest, exception.Message);
        }
        catch (Exception exception) when (IsOfDisconnect(exception, context))
        {
            // The client has disconnected, or the server stops. The abort keeps an unfinished stream from looking complete.
            context.Abort();
        }
        catch (Exception exception)
        {
            if (isAdmitted) LogFailed(exception, context.Request.Method, OutsideText.Escape(context.Request.Path));
            else _refusals.Add(ProblemCodes.InternalError);

            // A stream without its last line would count as success, so the connection is aborted.
            if (context.Response.HasStarted) context.Abort();
            else await Refusal.WriteAsync(context, StatusCodes.Status500InternalServerError, ProblemCodes.InternalError, "The gateway failed.");
        }
        finally
        {
            if (_logger.IsEnabled(LogLevel.Debug))
            {
                LogAnswered(
                    context.Request.Method,
                    OutsideText.Escape(context.Request.Path),
                    context.Response.StatusCode,
                    _time.GetElapsedTime(started).TotalMilliseconds);
            }
        }
    }

    private static void Abort(object? context) => ((HttpContext)context!).Abort();

    // The reset, the end of the pipe and the token race; any of them may be seen first.
    private static bool IsOfDisconnect(Exception exception, HttpContext context) =>
        exception is ClientGoneException or ConnectionResetException or ConnectionAbortedException
        || (context.RequestAborted.IsCancellationRequested && exception is (OperationCanceledException or IOException or ObjectDisposedException));

    private async Task<bool> RefuseAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HostCheck.TryReadName(request, out var name))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, ProblemCodes.MalformedRequest, "The Host header is not a host name.");
            return true;
        }

        if (!_hosts.Allows(name))
        {
            var advice = _authentication == KernelGatewayAuthentication.None
                ? "without authentication only loopback names and addresses are served"
                : $"{nameof(KernelGatewayHttpOptions.AllowedHosts)} can allow it";
            await RefuseAsync(
                context, StatusCodes.Status403Forbidden, ProblemCodes.HostNotAllowed, $"The gateway is not served under the name '{name}'; {advice}.");
            return true;
        }

        if (FindOpenOrigins(context) is { } open)
        {
            open.Admit(request, context.Response);
        }
        else if (!_origins.Admit(request, context.Response))
        {
            await RefuseAsync(
                context,
                StatusCodes.Status403Forbidden,
                ProblemCodes.OriginNotAllowed,
                $"Pages of the origin '{request.Headers.Origin}' may not call the gateway; {nameof(KernelGatewayHttpOptions.AllowedOrigins)} can allow it.");
            return true;
        }

        // Browsers send preflight requests without credentials; the answer reveals nothing.
        if (HttpMethods.IsOptions(request.Method)) return false;
        return await RefuseUnauthenticatedAsync(context);
    }

    private async Task<bool> RefuseUnauthenticatedAsync(HttpContext context)
    {
        if (_authentication == KernelGatewayAuthentication.None && context.Connection.LocalIpAddress is { } local && !IPAddress.IsLoopback(local))
        {
            await RefuseAsync(
                context, StatusCodes.Status403Forbidden, ProblemCodes.NotLoopback, "Without authentication the gateway serves loopback addresses only.");
            return true;
        }

        if (_token is null) return false;
        if (_token.Find(context.Request) is { } token)
        {
            context.Features.Set(token);
            return false;
        }

        var problem = MissingToken;
        if (context.GetEndpoint()?.Metadata.GetMetadata<TokenSubstitute>() is { } substitute)
        {
            if (substitute(context.Request) is not { } found) return false;
            problem = found;
        }

        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"kernel-gateway\"";
        await RefuseAsync(context, StatusCodes.Status401Unauthorized, ProblemCodes.Unauthorized, problem);
        return true;
    }

    // Without a token every page could use the route, so the usual check of origins applies.
    private OpenOrigins? FindOpenOrigins(HttpContext context) =>
        _token is null ? null : context.GetEndpoint()?.Metadata.GetMetadata<OpenOrigins>();

    private Task RefuseAsync(HttpContext context, int status, string code, string detail)
    {
        _refusals.Add(code);
        return Refusal.WriteAsync(context, status, code, detail);
    }

    [LoggerMessage(5001, LogLevel.Debug, "{Method} {Path} answered {Status} after {Milliseconds:0.###} ms.")]
    private partial void LogAnswered(string method, string path, int status, double milliseconds);

    [LoggerMessage(5002, LogLevel.Warning, "Requests were refused: {Code}. Requests since the last line about it: {Count}.")]
    private partial void LogRefused(string code, long count);

    [LoggerMessage(5003, LogLevel.Error, "{Method} {Path} failed.")]
    private partial void LogFailed(Exception exception, string method, string path);
}
