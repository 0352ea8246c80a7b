using KernelGateway;
using KernelGateway.AspNetCore;
using KernelGateway.AspNetCore.Envd.Common;
using KernelGateway.AspNetCore.Hosting;
using KernelGateway.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the services for files, directory watches and commands.</summary>
public static class SandboxServicesBuilderExtensions
{
    /// <summary>
    /// Adds the services that E2B's SDKs use beside the code interpreter. <c>MapKernelGateway</c> then maps their routes.
    /// Linux only.
    /// </summary>
    /// <param name="builder">The builder that <c>AddKernelGateway</c> returned.</param>
    /// <param name="configure">Sets the options; null for the defaults.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// Whoever may call the gateway can then read and write files as the user that it runs as, and as every user if that is root.
    /// Code in a kernel can do the same. The application gets the same services as <c>LocalSandbox</c>, or as
    /// <c>gateway.Files</c>,
    /// <c>gateway.Commands</c> and <c>gateway.Terminals</c>.
    /// </remarks>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux.</exception>
    public static KernelGatewayBuilder AddSandboxServices(
        this KernelGatewayBuilder builder, Action<SandboxServicesOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("Files and commands are served on Linux only.");
        builder.Services.TryAddSingleton(SandboxAttachment.CreateSandbox);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IGatewayAttachment, SandboxAttachment>());
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SudoHost>());
        builder.Services.PostConfigure<KernelGatewayOptions>(
            options => options.Launching.Variables.TryAdd(SandboxVariables.Mark, "true"));
        builder.Services.AddOptions<SandboxServicesOptions>().PostConfigure<IOptions<KernelGatewayOptions>>((options, gateway) =>
        {
            if (gateway.Value.DefaultWorkingDirectory is { } directory) options.WorkingDirectory ??= Path.GetFullPath(directory);
        });
        if (configure is not null) builder.Services.Configure(configure);
        return builder;
    }
}
