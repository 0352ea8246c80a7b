using System.Runtime.CompilerServices;
using KernelGateway.AspNetCore.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
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
            if (ready is { Authentication: KernelGatewayAuthentication.Token, Token: null })
            {
                ready.Token = TokenCheck.Generate();
                LogGenerated(services.GetRequiredService<ILoggerFactory>().CreateLogger("KernelGateway.Http"), ready.Token);
            }

            Frozen.Add(options, ready);
            return ready;
        }
    }

    // Without this line no client could use the gateway. A configured token is never logged.
    [LoggerMessage(5004, LogLevel.Warning, "No token is configured. This generated token is valid until the process ends: {Token}")]
    private static partial void LogGenerated(ILogger logger, string token);
}
