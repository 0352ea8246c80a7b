using System.Runtime.CompilerServices;
using KernelGateway.AspNetCore.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace KernelGateway.AspNetCore.Hosting;

/// <summary>Creates the options of the HTTP surface that are in use.</summary>
internal static partial class HttpOptions
{
    // The options in use, by the options of the host.
    private static readonly ConditionalWeakTable<KernelGatewayHttpOptions, KernelGatewayHttpOptions> Frozen = [];

    /// <summary>Validates the options and adds a token when one is needed.</summary>
    public static KernelGatewayHttpOptions Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<KernelGatewayHttpOptions>>().Value;

        // The host's own object is not changed and may change later; all surfaces created from it share the first copy and one token.
        lock (Frozen)
        {
            if (Frozen.TryGetValue(options, out var ready)) return ready;
            var validation = new KernelGatewayHttpOptionsValidator().Validate(null, options);
            if (validation.Failed) throw new OptionsValidationException("", typeof(KernelGatewayHttpOptions), validation.Failures);
            ready = options.Copy();
            if (ready.Authentication == KernelGatewayAuthentication.Token) AddTokens(ready, services);
            Frozen.Add(options, ready);
            return ready;
        }
    }

    private static void AddTokens(KernelGatewayHttpOptions options, IServiceProvider services)
    {
        var logger = (services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("KernelGateway.Http");
        if (options is { Token: null, TokenFile: null })
        {
            options.Token = TokenCheck.Generate();
            LogGenerated(logger, options.Token);
        }

        try
        {
            options.Tokens = new AccessTokens(options.Token, options.TokenFile, logger, services.GetService<TimeProvider>() ?? TimeProvider.System);
        }
        catch (TokenFileException exception)
        {
            throw new OptionsValidationException("", typeof(KernelGatewayHttpOptions), [$"TokenFile: {exception.Message}"]);
        }

        // The file is read again until the host has stopped.
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.UnsafeRegister(static tokens => ((AccessTokens)tokens!).Dispose(), options.Tokens);
    }

    // Without this line no client could use the gateway. A configured token is never logged.
    [LoggerMessage(5004, LogLevel.Warning, "No token is configured. This generated token is valid until the process ends: {Token}")]
    private static partial void LogGenerated(ILogger logger, string token);
}
