using System.Net.Http.Headers;
using System.Text.Json;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Requests;

/// <summary>Reads a request body that has to be one JSON object, or answers the request with the error.</summary>
/// <param name="maxBytes">The longest body.</param>
/// <param name="account">Returns the account of all bodies in flight.</param>
internal sealed class JsonBody(long maxBytes, Func<MemoryAccount> account)
{
    /// <summary>Reads the body; null when the request has been answered with an error.</summary>
    /// <param name="context">The request.</param>
    /// <param name="shape">The parts that are kept.</param>
    /// <param name="refuse">Answers a body that is not a JSON object, in the form that the clients of the route expect.</param>
    /// <param name="emptyIsObject">Whether an absent body and <c>null</c> count as <c>{}</c>.</param>
    /// <param name="anyType">Whether any content type is accepted.</param>
    public async Task<RequestBody?> ReadAsync(
        HttpContext context, BodyShape shape, Func<HttpContext, string, Task> refuse, bool emptyIsObject = false, bool anyType = false)
    {
        var request = context.Request;
        var hasType = !string.IsNullOrEmpty(request.ContentType);

        // Without this check a form on any web page could post here: text/plain needs no preflight request.
        if (!anyType && (hasType ? !IsJson(request.ContentType!) : HasBody(request)))
        {
            await RefuseTypeAsync(context, $"The Content-Type of the body is '{request.ContentType ?? "(none)"}'; send it as 'Content-Type: application/json'.");
            return null;
        }

        if (ContentEncoding.Decode(request) is not { } body)
        {
            context.Response.Headers.AcceptEncoding = ContentEncoding.Supported;
            await RefuseTypeAsync(
                context, $"The body's Content-Encoding is '{request.Headers.ContentEncoding}'; send it as it is, or as one of {ContentEncoding.Supported}.");
            return null;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        if (request.ContentLength > maxBytes) return await TooLargeAsync(context);
        var memory = new BodyMemory(account());
        RequestBody? read = null;
        try
        {
            var declared = ReferenceEquals(body, request.Body) ? request.ContentLength : null;
            read = await ReadAsync(context, new BodyReader(body, maxBytes, declared, memory), shape, memory, refuse, emptyIsObject);
            return read;
        }
        finally
        {
            if (read is null) memory.Dispose();
            if (!ReferenceEquals(body, request.Body)) await body.DisposeAsync();
        }
    }

    private async Task<RequestBody?> ReadAsync(
        HttpContext context, BodyReader body, BodyShape shape, BodyMemory memory, Func<HttpContext, string, Task> refuse, bool emptyIsObject)
    {
        var target = new JsonObjectReader(shape, memory);
        try
        {
            using (body)
            {
                if (!await body.ReadAsync(target, context.RequestAborted)) return await TooLargeAsync(context);
            }

            memory.Trim();
            if (target.Root is { } json) return new RequestBody(json, memory);
            if (emptyIsObject) return new RequestBody([], memory);
            await refuse(context, body.IsEmpty ? "The body is empty; it has to be a JSON object." : "The body is JSON, but not an object.");
        }
        catch (Exception exception) when (exception is JsonException or MessageFormatException)
        {
            await refuse(context, "The body is not JSON, or is nested too deeply.");
        }
        catch (BodyShapeException exception)
        {
            await refuse(context, exception.Message);
        }
        catch (BodyMemoryException)
        {
            context.Response.Headers.Connection = "close";
            await NoMemoryAsync(context, "the body");
        }

        return null;
    }

    /// <summary>Answers that the memory limit of the gateway is reached.</summary>
    /// <param name="context">The request.</param>
    /// <param name="what">What does not fit.</param>
    public static Task NoMemoryAsync(HttpContext context, string what)
    {
        context.Response.Headers.RetryAfter = "1";
        return Refusal.WriteAsync(
            context,
            StatusCodes.Status503ServiceUnavailable,
            ProblemCodes.MemoryLimit,
            $"The gateway's memory limit (MaxMemory) is reached; {what} does not fit at the moment.");
    }

    private async Task<RequestBody?> TooLargeAsync(HttpContext context)
    {
        // The rest of the body is not read.
        context.Response.Headers.Connection = "close";
        await Refusal.WriteAsync(
            context, StatusCodes.Status413PayloadTooLarge, ProblemCodes.TooLarge, $"The body is longer than {maxBytes} bytes.");
        return null;
    }

    private static Task RefuseTypeAsync(HttpContext context, string detail) =>
        Refusal.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, ProblemCodes.UnsupportedMediaType, detail);

    private static bool HasBody(HttpRequest request) => request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0;

    private static bool IsJson(string contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var parsed)
        && parsed.MediaType is { } type
        && (type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase))
        && (parsed.CharSet is not { } charset || charset.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}

/// <summary>A request body, and its memory in the account until it is disposed.</summary>
/// <param name="json">The kept parts.</param>
/// <param name="memory">Its memory; null for none.</param>
internal sealed class RequestBody(JObject json, BodyMemory? memory) : IDisposable
{
    public JObject Json => json;

    public void Dispose() => memory?.Dispose();
}
