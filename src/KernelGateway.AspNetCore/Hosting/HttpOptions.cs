using System.Runtime.CompilerServices;
using KernelGateway.AspNetCore.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KernelGateway.AspNetCore.Hosting;

/// <summary>Gets the options of the HTTP surface ready for use.</summary>
internal static partial class HttpOptions
{
    // The options as they are used, by those of the host.
    private static readonly ConditionalWeakTable<KernelGatewayHttpOptions, KernelGatewayHttpOptions> Frozen = [];

    /// <summary>Gives the options, checked, and with a token if one is needed.</summary>
    public static KernelGatewayHttpOptions Of(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<KernelGatewayHttpOptions>>().Value;
        var validation = new KernelGatewayHttpOptionsValidator().Validate(null, options);
        if (validation.Failed) throw new OptionsValidationException("", typeof(KernelGatewayHttpOptions), validation.Failures);

        // The host's own object stays as it is and may change; all surfaces made of it have the options of the first, and one token.
        lock (Frozen)
        {
            if (Frozen.TryGetValue(options, out var ready)) return ready;
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

    // Whoever reads the log of the process may use it: without this line nobody could. A configured token is never logged.
    [LoggerMessage(5004, LogLevel.Warning, "No token is configured. This one was made and is good until the process ends: {Token}")]
    private static partial void LogGenerated(ILogger logger, string token);
}
