using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using KernelGateway.AspNetCore.Envd.Common;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace KernelGateway.AspNetCore.Envd.Files;

/// <summary><c>GET /files</c>: reads a file, without having it in memory.</summary>
internal sealed class DownloadEndpoint(HttpSurface surface, LocalSandbox sandbox)
{
    private const int BlockBytes = 128 * 1024;
    private const int BlocksOfTurn = 32;

    private static readonly HashSet<FileErrorReason> PathReasons =
        [FileErrorReason.InvalidPath, FileErrorReason.PathTooLong];

    public Task HandleAsync(HttpContext context) => FileAnswers.RunAsync(context, async () =>
    {
        var request = context.Request;
        var files = FileAnswers.GetFiles(sandbox, request.Query["username"]);
        var path = request.Query["path"].ToString();
        await using var content = await OpenAsync(files, path, context.RequestAborted);
        surface.SandboxAudit.File(context, "read", content.Entry.Path);
        using var abort = surface.AbortWhenStopping(context);
        await SendAsync(context, content);
    });

    private static async Task<FileContent> OpenAsync(SandboxFiles files, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await files.OpenReadAsync(path, cancellationToken);
        }
        catch (SandboxFileException exception)
        {
            var status = FileErrors.GetStatus(exception.Reason);
            throw new EnvdException(
                status,
                exception.Reason switch
                {
                    var reason when PathReasons.Contains(reason) =>
                        $"error expanding and resolving path '{path}': {exception.Message}",
                    FileErrorReason.NotFound => $"path '{exception.Path}' does not exist",
                    FileErrorReason.IsADirectory => $"path '{exception.Path}' is a directory",
                    FileErrorReason.NotARegularFile => exception.Message,
                    _ => $"error opening file '{exception.Path}': {exception.SystemErrorText}",
                },
                exception);
        }
    }

    private static async Task SendAsync(HttpContext context, FileContent content)
    {
        var response = context.Response;
        response.Headers.Vary = "Accept-Encoding";
        if (DownloadEncoding.UsesGzip(context.Request) is not { } usesGzip)
        {
            throw new EnvdException(
                StatusCodes.Status406NotAcceptable,
                "error parsing Accept-Encoding: no acceptable encoding found, supported: [gzip]");
        }

        var entry = content.Entry;
        response.Headers.ContentDisposition = ContentNames.GetDisposition(entry.Name);
        response.Headers.LastModified = entry.ModifiedTime.UtcDateTime.ToString("R", CultureInfo.InvariantCulture);
        response.Headers.XContentTypeOptions = "nosniff";

        // A page in the sandbox is not a page of the gateway: its scripts must not call the gateway in its name.
        response.Headers.ContentSecurityPolicy = "sandbox";

        // The client may read as slowly as it likes; nothing but the connection and an open file waits for it.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        if (content.Length is not { } length) await SendUnknownLengthAsync(context, content, usesGzip);
        else if (usesGzip) await SendPackedAsync(context, content.OpenStream(), entry.Name, ReadOnlyMemory<byte>.Empty);
        else await SendPlainAsync(context, content, DownloadCondition.Create(context.Request, entry.ModifiedTime, length), length);
    }

    private static async Task SendPlainAsync(HttpContext context, FileContent content, DownloadCondition wanted, long length)
    {
        var response = context.Response;
        response.StatusCode = wanted.Status;
        response.Headers.AcceptRanges = "bytes";
        switch (wanted.Status)
        {
            case StatusCodes.Status304NotModified:
                return;
            case StatusCodes.Status412PreconditionFailed:
                throw new EnvdException(wanted.Status, "the file does not have the requested state");
            case StatusCodes.Status416RangeNotSatisfiable:
                response.Headers.ContentRange = $"bytes */{length}";
                throw new EnvdException(wanted.Status, $"the requested range is outside of the file, which has {length} bytes");
            case StatusCodes.Status206PartialContent:
                response.Headers.ContentRange = $"bytes {wanted.Offset}-{wanted.Offset + wanted.Count - 1}/{length}";
                break;
        }

        response.ContentType = ContentNames.FindType(content.Entry.Name) ?? await GuessTypeAsync(content, context.RequestAborted);
        response.ContentLength = wanted.Count;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        var source = content.OpenStream(wanted.Offset, wanted.Count);
        var left = wanted.Count - await CopyAsync(source, context);

        // The file became shorter meanwhile. A body of the announced length cannot be sent any more.
        if (left > 0) context.Abort();
    }

    // Of /proc and of empty files the size says nothing. An empty body has no encoding, because clients cannot unpack it.
    private static async Task SendUnknownLengthAsync(HttpContext context, FileContent content, bool usesGzip)
    {
        var response = context.Response;
        var source = content.OpenStream();
        var start = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            var count = await source.ReadAsync(start.AsMemory(0, BlockBytes), context.RequestAborted);
            if (count > 0 && usesGzip)
            {
                await SendPackedAsync(context, source, content.Entry.Name, start.AsMemory(0, count));
                return;
            }

            response.ContentType = ContentNames.FindType(content.Entry.Name) ?? ContentNames.GuessType(start.AsSpan(0, count));
            if (count == 0) response.ContentLength = 0;
            if (HttpMethods.IsHead(context.Request.Method)) return;
            await response.Body.WriteAsync(start.AsMemory(0, count), context.RequestAborted);
            await CopyAsync(source, context);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(start);
        }
    }

    private static async Task SendPackedAsync(HttpContext context, Stream source, string name, ReadOnlyMemory<byte> start)
    {
        var response = context.Response;
        response.ContentType = ContentNames.GetPackedType(name);
        response.Headers.ContentEncoding = "gzip";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await using var packed = new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        await packed.WriteAsync(start, context.RequestAborted);
        await source.CopyToAsync(packed, BlockBytes, context.RequestAborted);
    }

    private static async Task<long> CopyAsync(Stream source, HttpContext context)
    {
        var output = context.Response.BodyWriter;
        long copied = 0;
        var turn = 0;
        while (true)
        {
            var count = ReadBlock(source, output);
            if (count == 0) return copied;
            copied += count;
            var flushed = await output.FlushAsync(context.RequestAborted);
            if (flushed.IsCompleted || flushed.IsCanceled) throw new Requests.ClientGoneException();

            // A client that reads as fast as this is not to keep the thread from other requests.
            if (++turn % BlocksOfTurn == 0) await Task.Yield();
        }
    }

    // Into the server's own buffers, so that the content is copied once. An asynchronous read of a file would only wait on
    // another thread of the pool.
    private static int ReadBlock(Stream source, PipeWriter output)
    {
        var count = source.Read(output.GetSpan(BlockBytes));
        output.Advance(count);
        return count;
    }

    private static async Task<string> GuessTypeAsync(FileContent content, CancellationToken cancellationToken)
    {
        var start = new byte[512];
        var count = await content.OpenStream(0, start.Length).ReadAtLeastAsync(
            start, start.Length, throwOnEndOfStream: false, cancellationToken);
        return ContentNames.GuessType(start.AsSpan(0, count));
    }
}
