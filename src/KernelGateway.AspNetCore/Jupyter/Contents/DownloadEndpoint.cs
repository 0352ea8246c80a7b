using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary><c>/files/{path}</c>: the bytes of a file, for downloads and for images in notebooks.</summary>
internal sealed class DownloadEndpoint(HttpSurface surface, Lazy<ContentsServices> services)
{
    public Task HandleAsync(HttpContext context) => ContentsAnswer.RunAsync(context, async path =>
    {
        var directory = services.Value.Directory;
        var entry = await directory.GetAsync(path, context.RequestAborted);
        await using var file = await directory.Files.OpenReadAsync(ContentsDirectory.TargetOf(entry), context.RequestAborted);
        surface.SandboxAudit.File(context, "read", directory.PathOf(path));
        await AnswerAsync(context, path, file);
    });

    private static async Task AnswerAsync(HttpContext context, ContentsPath path, FileContent file)
    {
        var response = context.Response;
        var headers = response.GetTypedHeaders();
        var modified = DateTimeOffset.FromUnixTimeSeconds(file.Entry.ModifiedTime.ToUnixTimeSeconds());
        headers.LastModified = modified;
        if (context.Request.Query["download"].Count > 0) Attachment.Set(headers, path.Name);

        // A file must not run scripts in the gateway's origin. As in Jupyter's server, it gets an origin of its own.
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "sandbox allow-scripts";
        response.ContentType = TypeOf(path);
        if (file.Length is not { } length)
        {
            // Only reading to the end tells the length.
            await CopyAsync(context, file, 0, null);
            return;
        }

        response.Headers.AcceptRanges = "bytes";
        if (IsUnchanged(context.Request, modified))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var (offset, count) = (0L, length);
        switch (Range(context.Request, length, modified))
        {
            case { } range when range.Count > 0:
                (offset, count) = range;
                response.StatusCode = StatusCodes.Status206PartialContent;
                headers.ContentRange = new ContentRangeHeaderValue(offset, offset + count - 1, length);
                break;
            case not null:
                headers.ContentRange = new ContentRangeHeaderValue(length);
                await JupyterError.WriteAsync(
                    context, StatusCodes.Status416RangeNotSatisfiable, $"The file has {length} bytes; the range is not in it.");
                return;
        }

        response.ContentLength = count;
        await CopyAsync(context, file, offset, count);
    }

    private static async Task CopyAsync(HttpContext context, FileContent file, long offset, long? count)
    {
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await using var content = file.OpenStream(offset, count);
        await content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static string TypeOf(ContentsPath path)
    {
        if (path.IsNotebook) return "application/x-ipynb+json";
        return MediaTypes.Find(path.Name, out var encoding) switch
        {
            _ when encoding == "gzip" => "application/gzip",
            _ when encoding is not null => "application/octet-stream",
            null => "application/octet-stream",
            "text/plain" => "text/plain; charset=UTF-8",
            var type => type,
        };
    }

    private static bool IsUnchanged(HttpRequest request, DateTimeOffset modified) =>
        request.Headers.IfNoneMatch.Count == 0 && request.GetTypedHeaders().IfModifiedSince is { } since && modified <= since;

    // Null for the whole file, a count of zero for a range that is not in it. Several ranges are answered with the whole file.
    private static (long Offset, long Count)? Range(HttpRequest request, long length, DateTimeOffset modified)
    {
        var headers = request.GetTypedHeaders();
        if (headers.Range is not { Ranges.Count: 1 } wanted || !wanted.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase)) return null;
        if (headers.IfRange is { } condition && condition.LastModified != modified) return null;
        var range = wanted.Ranges.First();
        var offset = range.From ?? Math.Max(0, length - (range.To ?? 0));
        var end = range.From is null ? length : Math.Min(length, (range.To ?? long.MaxValue - 1) + 1);
        return (offset, Math.Max(0, end - offset));
    }
}
