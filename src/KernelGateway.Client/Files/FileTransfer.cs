using System.IO.Compression;
using System.Net.Http.Headers;
using KernelGateway.Client.Connect;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>Downloads and uploads of files (E2B wire API, B.4).</summary>
internal sealed class FileTransfer(EnvdClient envd)
{
    private const string MetadataPrefix = "X-Metadata-";

    /// <summary>Returns path and query of the route for a file.</summary>
    public static string Route(string path, string? user) =>
        $"files?path={Uri.EscapeDataString(path)}{(user is null ? "" : $"&username={Uri.EscapeDataString(user)}")}";

    /// <summary>Downloads a file into memory.</summary>
    public Task<byte[]> ReadAsync(string path, FileReadOptions? options, CancellationToken cancellationToken) => RequestTimer.RunAsync(
        envd.Settings,
        $"Reading {path}",
        async token =>
        {
            using var response = await SendAsync(path, options, token).ConfigureAwait(false);
            if (!IsCompressed(response)) return await response.Content.ReadAsByteArrayAsync(token).ConfigureAwait(false);
            var stream = await OpenBodyAsync(response, token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                using var content = new MemoryStream();
                await stream.CopyToAsync(content, token).ConfigureAwait(false);
                return content.ToArray();
            }
        },
        cancellationToken);

    /// <summary>Begins a download. The time limit ends with the headers; the stream owns the answer.</summary>
    public Task<Stream> OpenReadAsync(string path, FileReadOptions? options, CancellationToken cancellationToken) => RequestTimer.RunAsync(
        envd.Settings,
        $"Reading {path}",
        async token =>
        {
            var response = await SendAsync(path, options, token).ConfigureAwait(false);
            try
            {
                return (Stream)new DownloadStream(response, await OpenBodyAsync(response, token).ConfigureAwait(false));
            }
            catch
            {
                response.Dispose();
                throw;
            }
        },
        cancellationToken);

    /// <summary>Uploads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="content">Its content, from the stream's position to its end.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="isLimited">Whether the request has a time limit; a stream may be slow by itself.</param>
    /// <param name="cancellationToken">Cancels the upload. The file has a part of the content then.</param>
    public Task<WriteInfo> WriteAsync(string path, Stream content, FileWriteOptions? options, bool isLimited, CancellationToken cancellationToken)
    {
        if (options?.Metadata is { Count: > 0 }) envd.Version.Require(EnvdVersion.Metadata, "Metadata of files");
        if (options?.Gzip == true) envd.Version.Require(EnvdVersion.RawUpload, "A compressed upload");
        return RequestTimer.RunAsync(envd.Settings, isLimited, $"Writing {path}", token => SendAsync(path, content, options, token), cancellationToken);
    }

    private async Task<WriteInfo> SendAsync(string path, Stream content, FileWriteOptions? options, CancellationToken cancellationToken)
    {
        using var request = envd.NewRequest(HttpMethod.Post, Route(path, envd.UserOr(options?.User)));
        var upload = new UploadContent(content, options?.Gzip == true);
        if (envd.Version.Has(EnvdVersion.RawUpload))
        {
            upload.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            request.Content = upload;
        }
        else
        {
            request.Content = new MultipartFormDataContent { { upload, "file", "file" } };
        }

        if (options?.Gzip == true) request.Content.Headers.ContentEncoding.Add("gzip");
        foreach (var (key, value) in options?.Metadata ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            if (!request.Headers.TryAddWithoutValidation(MetadataPrefix + key, value))
                throw new ArgumentException($"The metadata key '{key}' cannot be the name of a header.", nameof(options));
        }

        using var response = await envd.Settings.Http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode) throw await EnvdErrors.ReadAsync(response, EnvdErrors.File, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (WireJson.Parse(text) is JArray { Count: > 0 } written) return WriteInfo.Read(written[0]);
        }
        catch (JsonException exception)
        {
            throw new IOException("The answer to the upload is not JSON.", exception);
        }

        throw new IOException("The answer to the upload names no file.");
    }

    private async Task<HttpResponseMessage> SendAsync(string path, FileReadOptions? options, CancellationToken cancellationToken)
    {
        using var request = envd.NewRequest(HttpMethod.Get, Route(path, envd.UserOr(options?.User)));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", options?.Gzip == true ? "gzip" : "identity");
        var response = await envd.Settings.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode) return response;
        using (response) throw await EnvdErrors.ReadAsync(response, EnvdErrors.File, cancellationToken).ConfigureAwait(false);
    }

    // A client that was handed in may decompress by itself; it removes the header then.
    private static bool IsCompressed(HttpResponseMessage response) =>
        response.Content.Headers.ContentEncoding.Contains("gzip", StringComparer.OrdinalIgnoreCase);

    private static async Task<Stream> OpenBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return IsCompressed(response) ? new GZipStream(body, CompressionMode.Decompress) : body;
    }
}
