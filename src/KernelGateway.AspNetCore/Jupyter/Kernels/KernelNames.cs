using System.Runtime.CompilerServices;
using KernelGateway.Contexts;
using KernelGateway.Kernels;
using KernelGateway.Languages;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary>Creates the models of kernels. Attached kernels, which have no kernelspec, get a name too.</summary>
internal sealed class KernelNames(HttpSurface surface)
{
    // Determined once, so that a kernel keeps its name when kernelspecs are installed.
    private readonly ConditionalWeakTable<Kernel, string> _found = [];

    public async Task<KernelBody> DescribeAsync(CodeContext context, CancellationToken cancellationToken) =>
        KernelBody.Create(context, await GetNameAsync(context, cancellationToken));

    private async ValueTask<string> GetNameAsync(CodeContext context, CancellationToken cancellationToken)
    {
        var kernel = context.Kernel;
        if (kernel.Spec is { } spec) return spec.Name;
        if (_found.TryGetValue(kernel, out var found)) return found;

        // A front end uses the name for the logo and the language: the kernelspec that would be started for the language.
        var gateway = surface.Gateway;
        var selector = new LanguageSelector(gateway.KernelSpecs, gateway.Options.Languages);
        var language = selector.Normalize(kernel.Info is { LanguageInfo.Name.Length: > 0 } info ? info.LanguageInfo.Name : context.Language);
        var installed = await gateway.KernelSpecs.ListAsync(cancellationToken);
        return _found.GetValue(kernel, _ => selector.Choose(installed, language)?.Name ?? language);
    }
}
