using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Unicode;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Requests;

/// <summary>Reads a request body that has to be one JSON object, or answers what is wrong with it.</summary>
internal sealed class JsonBody(long maxBytes)
{
    private const int FirstBlock = 4096;

    /// <summary>Reads the body; null when the request has been answered because of it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="refuse">Answers a body that is no JSON object, in the form its route's clients expect.</param>
    /// <param name="emptyIsObject">Whether no body at all counts as <c>{}</c>.</param>
    /// <param name="anyType">Whether the body need not be declared to be JSON.</param>
    public async Task<JObject?> ReadAsync(
        HttpContext context, Func<HttpContext, string, Task> refuse, bool emptyIsObject = false, bool anyType = false)
    {
        var request = context.Request;
        var hasType = !string.IsNullOrEmpty(request.ContentType);

        // Without this check a form on any web page could post here: text/plain needs no preflight request.
        if (!anyType && (hasType ? !IsJson(request.ContentType!) : HasBody(request)))
        {
            await Refusal.WriteAsync(
                context,
                StatusCodes.Status415UnsupportedMediaType,
                ProblemCodes.UnsupportedMediaType,
                $"The body is '{request.ContentType ?? "of no type"}'; send it as 'Content-Type: application/json'.");
            return null;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        var block = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(request.ContentLength ?? 0, FirstBlock), 1 << 20));
        try
        {
            if (request.ContentLength > maxBytes) return await TooLargeAsync(context);
            var length = 0;
            while (true)
            {
                var read = await request.Body.ReadAsync(block.AsMemory(length), context.RequestAborted);
                if (read == 0) break;
                length += read;
                if (length > maxBytes) return await TooLargeAsync(context);
                if (length == block.Length) block = Grow(block);
            }

            if (length == 0 && emptyIsObject) return [];
            var body = Parse(block.AsMemory(0, length), out var problem);
            if (body is null) await refuse(context, problem);
            return body;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private static JObject? Parse(ReadOnlyMemory<byte> bytes, out string problem)
    {
        problem = "The body is empty; it has to be a JSON object.";
        if (bytes.IsEmpty) return null;
        problem = "The body is not UTF-8.";
        if (!Utf8.IsValid(bytes.Span)) return null;
        try
        {
            problem = "The body is JSON, but no object.";
            return new RawJson(bytes).AsToken() as JObject;
        }
        catch (MessageFormatException)
        {
            problem = "The body is not JSON, or is nested too deeply.";
            return null;
        }
    }

    private static byte[] Grow(byte[] block)
    {
        var larger = ArrayPool<byte>.Shared.Rent(block.Length * 2);
        block.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(block);
        return larger;
    }

    private async Task<JObject?> TooLargeAsync(HttpContext context)
    {
        // What is left of the body is not worth reading.
        context.Response.Headers.Connection = "close";
        await Refusal.WriteAsync(
            context, StatusCodes.Status413PayloadTooLarge, ProblemCodes.TooLarge, $"The body is longer than {maxBytes} bytes.");
        return null;
    }

    private static bool HasBody(HttpRequest request) => request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0;

    private static bool IsJson(string contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var parsed)
        && parsed.MediaType is { } type
        && (type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase))
        && (parsed.CharSet is not { } charset || charset.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
