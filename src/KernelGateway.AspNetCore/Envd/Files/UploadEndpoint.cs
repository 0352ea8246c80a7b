using System.Globalization;
using System.IO.Compression;
using KernelGateway.AspNetCore.Envd.Common;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Envd.Files;

/// <summary><c>POST /files</c>: writes files while they arrive.</summary>
internal sealed class UploadEndpoint(HttpSurface surface, LocalSandbox sandbox)
{
    private const string FileField = "file";
    private const string MetadataPrefix = "X-Metadata-";
    private const int BufferBytes = 64 * 1024;

    public Task HandleAsync(HttpContext context) => FileAnswers.RunAsync(context, async () =>
    {
        var request = context.Request;
        using var abort = surface.AbortWhenStopping(context);

        // Clients send streams of any length, at the pace of what produces them.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        var upload = new Upload(FileAnswers.GetFiles(sandbox, request.Query["username"]), ReadOptions(request), request)
        {
            Written = entry => surface.SandboxAudit.File(context, "write", entry.Path),
        };
        try
        {
            await ReadAsync(request, upload, context.RequestAborted);
        }
        catch (InvalidDataException exception)
        {
            throw new EnvdException(StatusCodes.Status400BadRequest, $"error reading request body: {exception.Message}", exception);
        }
        catch (IOException exception) when (IsOfForm(exception))
        {
            throw new EnvdException(StatusCodes.Status400BadRequest, $"error parsing multipart form: {exception.Message}", exception);
        }

        await JsonAnswer.WriteTokenAsync(context, StatusCodes.Status200OK, upload.Answer);
    });

    private static async Task ReadAsync(HttpRequest request, Upload upload, CancellationToken cancellationToken)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed : null;
        var isForm = type?.Type.Equals("multipart", StringComparison.OrdinalIgnoreCase) == true;
        if (!isForm && type?.MediaType.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new EnvdException(
                StatusCodes.Status400BadRequest,
                $"unsupported content type: {request.ContentType}, expected multipart/form-data or application/octet-stream");
        }

        var body = Unpack(request);
        try
        {
            if (isForm) await ReadFormAsync(type!, body, upload, cancellationToken);
            else await upload.WriteAsync(upload.GivenPath ?? throw MissingPath(), body, cancellationToken);
        }
        finally
        {
            if (!ReferenceEquals(body, request.Body)) await body.DisposeAsync();
        }
    }

    private static async Task ReadFormAsync(
        MediaTypeHeaderValue type, Stream body, Upload upload, CancellationToken cancellationToken)
    {
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (boundary.Length == 0)
        {
            throw new EnvdException(
                StatusCodes.Status400BadRequest, "error parsing multipart form: no multipart boundary param in Content-Type");
        }

        var form = new MultipartReader(boundary, body, BufferBytes);
        while (await form.ReadNextSectionAsync(cancellationToken) is { } part)
        {
            var header = FormFileHeader.Parse(part.ContentDisposition);
            if (header.Name != FileField) continue;
            var path = upload.GivenPath ?? header.FileName ?? throw new EnvdException(
                StatusCodes.Status400BadRequest,
                "error getting multipart custom part file name: filename not found in Content-Disposition header");
            await upload.WriteAsync(path, part.Body, cancellationToken);
        }
    }

    private static Stream Unpack(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)) return request.Body;
        if (encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase))
            return new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true);
        throw new EnvdException(
            StatusCodes.Status400BadRequest,
            $"error decompressing request body: unsupported Content-Encoding: {encoding}, supported: [gzip]");
    }

    private static FileWriteOptions ReadOptions(HttpRequest request)
    {
        Dictionary<string, string>? metadata = null;
        foreach (var (name, values) in request.Headers)
        {
            if (!name.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase)) continue;

            // The first of several values counts.
            (metadata ??= []).TryAdd(name[MetadataPrefix.Length..].ToLowerInvariant(), values[0] ?? "");
        }

        return new FileWriteOptions
        {
            Metadata = metadata,
            IsAtomic = request.Query["atomic"].ToString() is "true" or "1",
        };
    }

    private static EnvdException MissingPath() => new(
        StatusCodes.Status400BadRequest, "path query parameter is required for raw body upload");

    // Of a form that ends too early, or is none. The other exceptions say that the connection broke.
    private static bool IsOfForm(IOException exception) =>
        exception is not (BadHttpRequestException or ConnectionResetException or SandboxFileException);

    /// <summary>The files of one request.</summary>
    private sealed class Upload(SandboxFiles files, FileWriteOptions options, HttpRequest request)
    {
        private readonly HashSet<string> _written = [];

        /// <summary>Gets the path in the query; null when there is none.</summary>
        public string? GivenPath { get; } = request.Query["path"].ToString() is { Length: > 0 } path ? path : null;

        public required Action<FileEntry> Written { get; init; }

        public JArray Answer { get; } = [];

        /// <exception cref="EnvdException">The file cannot be written.</exception>
        public async Task WriteAsync(string path, Stream content, CancellationToken cancellationToken)
        {
            try
            {
                var resolved = files.ResolvePath(path);
                if (!_written.Add(resolved)) throw SamePath(resolved);
                var entry = await files.WriteAsync(path, content, options, cancellationToken);
                Written(entry);
                Answer.Add(Describe(entry));
            }
            catch (SandboxFileException exception)
            {
                throw Translate(exception, path);
            }
        }

        private static JObject Describe(FileEntry entry)
        {
            var answer = new JObject { ["name"] = entry.Name, ["path"] = entry.Path, ["type"] = "file" };
            if (entry.Metadata.Count > 0) answer["metadata"] = JObject.FromObject(entry.Metadata);
            return answer;
        }

        private static EnvdException SamePath(string path) => new(
            StatusCodes.Status400BadRequest,
            $"you cannot upload multiple files to the same path '{path}' in one upload request, "
            + "only the first specified file was uploaded");

        private EnvdException Translate(SandboxFileException exception, string path)
        {
            var status = FileErrors.GetStatus(exception.Reason);
            return exception.Reason switch
            {
                FileErrorReason.InvalidPath or FileErrorReason.PathTooLong => new EnvdException(
                    status, $"error expanding and resolving path '{path}': {exception.Message}", exception),
                FileErrorReason.NotADirectory => new EnvdException(
                    StatusCodes.Status500InternalServerError, $"error ensuring directories: {exception.Message}", exception),
                FileErrorReason.NoSpace or FileErrorReason.FileTooLarge => new EnvdException(status, GetNoSpaceText(), exception),
                FileErrorReason.IsADirectory or FileErrorReason.NotARegularFile or FileErrorReason.InvalidMetadata =>
                    new EnvdException(status, exception.Message, exception),
                _ => new EnvdException(status, $"error opening file: open {exception.Path}: {exception.SystemErrorText}", exception),
            };
        }

        private string GetNoSpaceText()
        {
            const string Text = "not enough disk space available";
            return request.ContentLength is { } bytes
                ? string.Create(CultureInfo.InvariantCulture, $"attempted to write {bytes} bytes: {Text}")
                : Text;
        }
    }
}
