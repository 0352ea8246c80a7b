using System.Security.Cryptography;
using System.Text;
using KernelGateway.AspNetCore.Envd.Files;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace KernelGateway.AspNetCore.Legacy;

/// <summary><c>/file</c>: uploads as a form, downloads.</summary>
internal sealed class LegacyFileEndpoint(HttpSurface surface, LocalSandbox sandbox)
{
    private const int MaxFieldBytes = 64 << 10;
    private const int MaxBoundaryBytes = 200;

    public async Task DownloadAsync(HttpContext context)
    {
        var path = (string?)context.Request.Query["path"];
        if (string.IsNullOrEmpty(path))
        {
            await PlainText.WriteAsync(context, StatusCodes.Status400BadRequest, "File path is required");
            return;
        }

        try
        {
            await using var content = await sandbox.GetFiles(null).OpenReadAsync(path, context.RequestAborted);
            surface.SandboxAudit.File(context, "read", content.Entry.Path);
            var response = context.Response;
            response.ContentType = ContentNames.FindTypeWithoutCharset(path) ?? "application/octet-stream";
            response.ContentLength = content.Length;
            Attachment.Set(response.GetTypedHeaders(), content.Entry.Name);
            await content.OpenStream().CopyToAsync(response.Body, context.RequestAborted);
        }
        catch (SandboxFileException exception) when (!context.Response.HasStarted)
        {
            var (status, text) = exception.Reason switch
            {
                FileErrorReason.NotFound => (StatusCodes.Status404NotFound, $"File not found: {exception.Path}"),
                FileErrorReason.PermissionDenied => (StatusCodes.Status403Forbidden, exception.Message),
                FileErrorReason.Other => (StatusCodes.Status500InternalServerError, exception.Message),
                _ => (StatusCodes.Status400BadRequest, exception.Message),
            };
            await PlainText.WriteAsync(context, status, text);
        }
    }

    public async Task UploadAsync(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || !type.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= MaxBoundaryBytes } boundary)
        {
            await PlainText.WriteAsync(context, StatusCodes.Status400BadRequest, "No file or path provided");
            return;
        }

        try
        {
            var target = await StoreAsync(new MultipartReader(boundary, context.Request.Body), context.RequestAborted);
            if (target is not null) surface.SandboxAudit.File(context, "write", sandbox.GetFiles(null).ResolvePath(target));
            else await PlainText.WriteAsync(context, StatusCodes.Status400BadRequest, "No file or path provided");
        }
        catch (InvalidDataException exception)
        {
            await PlainText.WriteAsync(context, StatusCodes.Status400BadRequest, exception.Message);
        }
        catch (SandboxFileException exception)
        {
            var status = exception.Reason is FileErrorReason.NoSpace or FileErrorReason.FileTooLarge
                ? StatusCodes.Status507InsufficientStorage
                : StatusCodes.Status500InternalServerError;
            await PlainText.WriteAsync(context, status, exception.Message);
        }
    }

    // The field 'path' may follow the file, which is written beside its place until then.
    // Returns the path of the file; null when the form has none.
    private async Task<string?> StoreAsync(MultipartReader form, CancellationToken cancellationToken)
    {
        string? path = null;
        string? name = null;
        string? stored = null;
        try
        {
            while (await form.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)) continue;
                switch (HeaderUtilities.RemoveQuotes(disposition.Name).Value)
                {
                    case "path":
                        path = await ReadFieldAsync(section, cancellationToken);
                        break;
                    case "file" when stored is null && FileName(disposition) is { Length: > 0 } fileName:
                        name = fileName;
                        stored = $"~/.upload-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
                        await sandbox.GetFiles(null).WriteAsync(stored, section.Body, cancellationToken: cancellationToken);
                        break;
                }
            }

            if (stored is null) return null;
            var target = string.IsNullOrEmpty(path) ? $"~/{name}" : path;
            await MoveAsync(stored, target, cancellationToken);
            stored = null;
            return target;
        }
        finally
        {
            if (stored is not null) await sandbox.GetFiles(null).RemoveAsync(stored, CancellationToken.None);
        }
    }

    private static string FileName(ContentDispositionHeaderValue disposition) =>
        System.IO.Path.GetFileName((disposition.FileNameStar.HasValue ? disposition.FileNameStar : HeaderUtilities.RemoveQuotes(disposition.FileName)).Value ?? "");

    private static async Task<string> ReadFieldAsync(MultipartSection section, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxFieldBytes + 1];
        var length = await section.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= MaxFieldBytes
            ? Encoding.UTF8.GetString(buffer, 0, length)
            : throw new InvalidDataException($"The field 'path' is longer than {MaxFieldBytes} bytes.");
    }

    private async Task MoveAsync(string source, string target, CancellationToken cancellationToken)
    {
        try
        {
            await sandbox.GetFiles(null).MoveAsync(source, target, cancellationToken);
        }
        catch (SandboxFileException exception) when (exception.Reason == FileErrorReason.CrossDevice)
        {
            await using var content = await sandbox.GetFiles(null).OpenReadAsync(source, cancellationToken);
            await sandbox.GetFiles(null).WriteAsync(target, content.OpenStream(), cancellationToken: cancellationToken);
            await sandbox.GetFiles(null).RemoveAsync(source, cancellationToken);
        }
    }
}
