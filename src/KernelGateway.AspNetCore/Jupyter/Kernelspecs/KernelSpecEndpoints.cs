using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Kernelspecs;
using KernelGateway.Languages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KernelGateway.AspNetCore.Jupyter.Kernelspecs;

/// <summary><c>/api/kernelspecs</c>: the installed kernelspecs. They are read for each request, so new ones appear.</summary>
internal sealed class KernelSpecEndpoints(HttpSurface surface)
{
    private const string Route = "/api/kernelspecs";

    public async Task ListAsync(HttpContext context)
    {
        var gateway = surface.Gateway;
        var installed = await gateway.KernelSpecs.ListAsync(context.RequestAborted);
        var languages = gateway.Options.Languages;
        var selector = new LanguageSelector(gateway.KernelSpecs, languages);
        var byDefault = selector.Choose(installed, selector.Normalize(null)) ?? (installed.Count > 0 ? installed[0] : null);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new KernelSpecsBody(
            byDefault?.Name ?? languages.DefaultLanguage,
            installed.ToDictionary(spec => spec.Name, spec => Describe(context, spec), StringComparer.Ordinal)));
    }

    public async Task ShowAsync(HttpContext context)
    {
        try
        {
            var spec = await surface.Gateway.KernelSpecs.GetAsync((string)context.GetRouteValue("name")!, context.RequestAborted);
            await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, Describe(context, spec));
        }
        catch (KernelSpecNotFoundException exception)
        {
            await JupyterError.WriteAsync(context, StatusCodes.Status404NotFound, exception.Message);
        }
    }

    private static KernelSpecBody Describe(HttpContext context, KernelSpec spec) =>
        KernelSpecBody.Create(spec, fileName => GatewayUrl.Create(context.Request, Route, "kernelspecs", spec.Name, fileName));
}
