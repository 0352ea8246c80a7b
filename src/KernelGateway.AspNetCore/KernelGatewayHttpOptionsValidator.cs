using KernelGateway.AspNetCore.Security;
using KernelGateway.Kernelspecs;
using Microsoft.Extensions.Options;

namespace KernelGateway.AspNetCore;

/// <summary>Finds options that are invalid or that open the gateway to everybody, before it is mapped.</summary>
internal sealed class KernelGatewayHttpOptionsValidator : IValidateOptions<KernelGatewayHttpOptions>
{
    private const int LongestBody = 1 << 30;

    public ValidateOptionsResult Validate(string? name, KernelGatewayHttpOptions options)
    {
        var failures = new List<string>();
        if (!Enum.IsDefined(options.Authentication)) failures.Add($"Authentication: {options.Authentication} is not a value of KernelGatewayAuthentication.");
        if (options.Authentication != KernelGatewayAuthentication.Token && options.Token is not null)
        {
            failures.Add($"Token: a token is not asked for with Authentication '{options.Authentication}'; leave one of the two out.");
        }

        if (options.Authentication != KernelGatewayAuthentication.Token && options.TokenFile is not null)
        {
            failures.Add($"TokenFile: a token is not asked for with Authentication '{options.Authentication}'; leave one of the two out.");
        }

        if (options.TokenFile is { Length: 0 }) failures.Add("TokenFile: the path is empty.");
        if (options.Authentication == KernelGatewayAuthentication.None && options.AllowedHosts.Count > 0)
        {
            failures.Add("AllowedHosts: without authentication only loopback names and addresses are served, so that no web page reaches the gateway by a name of its own; set a token to serve other names.");
        }

        if (options.Token is { } token && (token.Length == 0 || token.Any(character => character is <= ' ' or > '~')))
        {
            failures.Add("Token: it must not be empty and may hold printable ASCII without spaces only, so that it fits a header.");
        }

        CheckDomain(options, failures);
        if (options.KeepAliveInterval <= TimeSpan.Zero) failures.Add($"KeepAliveInterval: {options.KeepAliveInterval} is not more than zero.");
        if (options.MaxRequestBodyBytes is < 1024 or > LongestBody)
        {
            failures.Add($"MaxRequestBodyBytes: {options.MaxRequestBodyBytes} is not between 1024 and {LongestBody}.");
        }

        foreach (var variable in options.AllowedEnvironment)
        {
            if (!VariableName.IsPossible(variable) || variable[..^1].Contains('*', StringComparison.Ordinal))
            {
                failures.Add($"AllowedEnvironment: '{variable}' is not a name of a variable; 'HTTP_PROXY', 'KERNEL_*' and '*' are possible.");
            }
        }

        CheckChannels(options.Channels, failures);
        foreach (var origin in options.AllowedOrigins)
        {
            if (origin == "*")
            {
                if (options.Authentication == KernelGatewayAuthentication.None)
                {
                    failures.Add("AllowedOrigins: '*' without authentication would let every web page run code.");
                }

                if (options.AllowCredentials) failures.Add("AllowCredentials: browsers accept no credentials where every origin is allowed; name the origins.");
            }
            else if (!OriginPattern.IsOrigin(origin) && OriginPattern.TryParse(origin) is null)
            {
                failures.Add($"AllowedOrigins: '{origin}' is not an origin; valid are 'https://example.com', 'http://localhost:8080' or 'https://*.example.com'.");
            }
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void CheckDomain(KernelGatewayHttpOptions options, List<string> failures)
    {
        if (options.Domain is not { } domain) return;
        if (Uri.CheckHostName(domain) != UriHostNameType.Dns || domain.EndsWith('.'))
        {
            failures.Add($"Domain: '{domain}' is not the name of a domain, without scheme and port, such as 'example.com'.");
        }
        else if (options.Authentication == KernelGatewayAuthentication.None && !$".{domain}".EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
        {
            failures.Add("Domain: without authentication only 'localhost' and names below it are possible.");
        }
    }

    private static void CheckChannels(KernelChannelOptions options, List<string> failures)
    {
        if (options.MaxPendingBytes < 1 << 20) failures.Add($"Channels.MaxPendingBytes: {options.MaxPendingBytes} is less than 1048576.");
        if (options.MaxReplayBytes < options.MaxPendingBytes)
        {
            failures.Add($"Channels.MaxReplayBytes: {options.MaxReplayBytes} is less than MaxPendingBytes, {options.MaxPendingBytes}.");
        }

        if (options.MaxWaitingRequestBytes < 1024) failures.Add($"Channels.MaxWaitingRequestBytes: {options.MaxWaitingRequestBytes} is less than 1024.");
        if (options.MaxStreamMessageBytes < 1024) failures.Add($"Channels.MaxStreamMessageBytes: {options.MaxStreamMessageBytes} is less than 1024.");
        if (options.SessionRetention <= TimeSpan.Zero) failures.Add($"Channels.SessionRetention: {options.SessionRetention} is not more than zero.");
        if (options.MaxDetachedSessions < 0) failures.Add($"Channels.MaxDetachedSessions: {options.MaxDetachedSessions} is less than zero.");
        if (options.PingInterval <= TimeSpan.Zero) failures.Add($"Channels.PingInterval: {options.PingInterval} is not more than zero.");
        if (options.MaxMessageBytes is < 1024 or > LongestBody)
        {
            failures.Add($"Channels.MaxMessageBytes: {options.MaxMessageBytes} is not between 1024 and {LongestBody}.");
        }
    }
}
