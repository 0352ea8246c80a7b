using System.Net.Http.Headers;
using System.Text.Json;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Requests;

/// <summary>Reads a request body that has to be one JSON object, or answers what is wrong with it.</summary>
/// <param name="maxBytes">The longest body.</param>
/// <param name="account">Gives the account that all bodies in flight are counted in.</param>
internal sealed class JsonBody(long maxBytes, Func<MemoryAccount> account)
{
    /// <summary>Reads the body; null when the request has been answered because of it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="shape">What of it is kept.</param>
    /// <param name="refuse">Answers a body that is no JSON object, in the form its route's clients expect.</param>
    /// <param name="emptyIsObject">Whether no body at all, and <c>null</c>, count as <c>{}</c>.</param>
    /// <param name="anyType">Whether the body need not be declared to be JSON.</param>
    public async Task<RequestBody?> ReadAsync(
        HttpContext context, BodyShape shape, Func<HttpContext, string, Task> refuse, bool emptyIsObject = false, bool anyType = false)
    {
        var request = context.Request;
        var hasType = !string.IsNullOrEmpty(request.ContentType);

        // Without this check a form on any web page could post here: text/plain needs no preflight request.
        if (!anyType && (hasType ? !IsJson(request.ContentType!) : HasBody(request)))
        {
            await RefuseTypeAsync(context, $"The body is '{request.ContentType ?? "of no type"}'; send it as 'Content-Type: application/json'.");
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
            await refuse(context, body.IsEmpty ? "The body is empty; it has to be a JSON object." : "The body is JSON, but no object.");
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

    /// <summary>Answers that something does not fit into the memory that the gateway may take.</summary>
    /// <param name="context">The request.</param>
    /// <param name="what">What does not fit.</param>
    public static Task NoMemoryAsync(HttpContext context, string what)
    {
        context.Response.Headers.RetryAfter = "1";
        return Refusal.WriteAsync(
            context,
            StatusCodes.Status503ServiceUnavailable,
            ProblemCodes.MemoryLimit,
            $"The gateway holds as much as it may (MaxMemory); {what} does not fit at the moment.");
    }

    private async Task<RequestBody?> TooLargeAsync(HttpContext context)
    {
        // What is left of the body is not worth reading.
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
