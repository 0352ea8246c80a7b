using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.Protocol.Files;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace KernelGateway.AspNetCore.Jupyter.Kernelspecs;

/// <summary><c>/kernelspecs/{name}/{file}</c>: logos and scripts of a kernelspec.</summary>
internal sealed class KernelSpecFileEndpoint(HttpSurface surface)
{
    private const string AnyContent = "application/octet-stream";
    private static readonly TimeSpan LogosAreGoodFor = TimeSpan.FromDays(30);

    // Created by the first request: it is a long list that start-up does not need.
    private readonly Lazy<FileExtensionContentTypeProvider> _contentTypes = new(() => new FileExtensionContentTypeProvider());

    public async Task HandleAsync(HttpContext context)
    {
        var name = (string)context.GetRouteValue("name")!;
        var relative = (string?)context.GetRouteValue("file") ?? "";
        string? path;
        FileStream? file;
        try
        {
            var spec = await surface.Gateway.KernelSpecs.GetAsync(name, context.RequestAborted);
            path = KernelSpecFiles.Find(spec, relative);
            file = path is null ? null : Open(path);
        }
        catch (KernelSpecNotFoundException exception)
        {
            await JupyterError.WriteAsync(context, StatusCodes.Status404NotFound, exception.Message);
            return;
        }

        if (path is null || file is null)
        {
            await JupyterError.WriteAsync(context, StatusCodes.Status404NotFound, $"The kernelspec '{name}' has no file '{relative}'.");
            return;
        }

        var headers = context.Response.GetTypedHeaders();
        if (Path.GetExtension(path).Equals(".png", StringComparison.OrdinalIgnoreCase))
        {
            headers.CacheControl = new CacheControlHeaderValue { MaxAge = LogosAreGoodFor };
        }

        // SVG images can contain scripts. They must not run in the gateway's origin when opened directly.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'";
        var type = _contentTypes.Value.TryGetContentType(path, out var known) ? known : AnyContent;
        await TypedResults.Stream(file, type, lastModified: new DateTimeOffset(File.GetLastWriteTimeUtc(file.SafeFileHandle))).ExecuteAsync(context);
    }

    // Null when the file was removed or replaced since it was found.
    private static FileStream? Open(string path)
    {
        try
        {
            return OutsideFile.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
