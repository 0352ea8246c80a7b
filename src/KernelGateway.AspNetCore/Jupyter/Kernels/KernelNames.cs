using System.Runtime.CompilerServices;
using KernelGateway.Contexts;
using KernelGateway.Kernels;
using KernelGateway.Languages;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary>Makes models of kernels, with a name also for those that were not started from a kernelspec.</summary>
internal sealed class KernelNames(HttpSurface surface)
{
    // Found once: a kernel does not change its name when something is installed.
    private readonly ConditionalWeakTable<Kernel, string> _found = [];

    public async Task<KernelBody> DescribeAsync(CodeContext context, CancellationToken cancellationToken) =>
        KernelBody.Of(context, await OfAsync(context, cancellationToken));

    private async ValueTask<string> OfAsync(CodeContext context, CancellationToken cancellationToken)
    {
        var kernel = context.Kernel;
        if (kernel.Spec is { } spec) return spec.Name;
        if (_found.TryGetValue(kernel, out var found)) return found;

        // A front end goes by the name for the logo and the language: that kernelspec is named which would be started for the language.
        var gateway = surface.Gateway;
        var selector = new LanguageSelector(gateway.KernelSpecs, gateway.Options.Languages);
        var language = selector.Normalize(kernel.Info is { LanguageInfo.Name.Length: > 0 } info ? info.LanguageInfo.Name : context.Language);
        var installed = await gateway.KernelSpecs.ListAsync(cancellationToken);
        return _found.GetValue(kernel, _ => selector.Choose(installed, language)?.Name ?? language);
    }
}
