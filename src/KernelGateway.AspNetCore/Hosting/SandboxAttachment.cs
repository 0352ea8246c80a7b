using KernelGateway.Hosting;
using KernelGateway.SandboxServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KernelGateway.AspNetCore.Hosting;

/// <summary>Attaches the services of the routes to the gateway, so that the application finds the same ones there.</summary>
internal sealed class SandboxAttachment(LocalSandbox sandbox) : IGatewayAttachment
{
    /// <summary>Creates the services as the options say.</summary>
    /// <exception cref="OptionsValidationException">An option has a value that cannot be used.</exception>
    public static LocalSandbox CreateSandbox(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<SandboxServicesOptions>>().Value;
        if (!Enum.IsDefined(options.CommandDeadline))
            throw Invalid($"CommandDeadline: {options.CommandDeadline} is not a value of CommandDeadline.");
        try
        {
            return new LocalSandbox(new LocalSandboxOptions
            {
                FilesAs = options.FilesAs,
                DefaultUser = options.DefaultUser,
                WorkingDirectory = options.WorkingDirectory,
                CommandMemoryLimit = options.CommandMemoryLimit,
                CommandProcessLimit = options.CommandProcessLimit,
                TimeProvider = services.GetService<TimeProvider>() ?? TimeProvider.System,
                LoggerFactory = services.GetRequiredService<ILoggerFactory>(),
            });
        }
        catch (ArgumentException exception)
        {
            throw Invalid(exception.Message);
        }
    }

    public void AttachTo(Gateway gateway) => gateway.AttachSandbox(sandbox);

    private static OptionsValidationException Invalid(string problem) => new("", typeof(SandboxServicesOptions), [problem]);
}
