using System.Globalization;
using System.Net;
using System.Text;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client.Http;

/// <summary>Reads answers with an error status, in the forms that gateways and E2B's services have.</summary>
/// <remarks>
/// Problem details (<c>code</c>, <c>detail</c>), the REST API and the Connect protocol (<c>code</c>, <c>message</c>), FastAPI's 422
/// (<c>detail</c> is a list), plain text. The header <c>X-Error-Code</c> has the code of the gateway's plain texts.
/// </remarks>
internal static class ErrorAnswer
{
    private const string CodeHeader = "X-Error-Code";

    // More than any error has; an answer of another server may be a page.
    private const int MaxBytes = 64 * 1024;
    private const int LongestPlainText = 2000;

    /// <summary>Creates the exception of an answer.</summary>
    public static async Task<GatewayApiException> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await ReadBodyAsync(response, cancellationToken).ConfigureAwait(false);
        var code = response.Headers.TryGetValues(CodeHeader, out var values) ? values.First() : null;
        return Create(response.StatusCode, code, body);
    }

    /// <summary>Creates the exception of a status and a body.</summary>
    public static GatewayApiException Create(HttpStatusCode status, string? code, ReadOnlyMemory<byte> body)
    {
        string? message = null;
        if (Parse(body) is { } json)
        {
            code ??= json["code"] is JValue { Value: not null } value ? value.ToString(CultureInfo.InvariantCulture) : null;
            message = TextOf(json["message"]) ?? TextOf(json["detail"]) ?? Validation(json["detail"]) ?? TextOf(json["title"]);
        }
        else if (Encoding.UTF8.GetString(body.Span).Trim() is { Length: > 0 and <= LongestPlainText } text && text[0] != '<')
        {
            message = text;
        }

        return new GatewayApiException(status, code, message ?? $"The server answered with status {(int)status}.");
    }

    private static string? TextOf(JToken? token) => token is { Type: JTokenType.String } && (string?)token is { Length: > 0 } text ? text : null;

    private static string? Validation(JToken? detail) => detail is JArray { Count: > 0 } errors
        ? string.Join(' ', errors.OfType<JObject>().Select(error => $"{PathOf(error)}: {error["msg"]}."))
        : null;

    // Without "body", which is the first part.
    private static string PathOf(JObject error) => string.Join('.', error["loc"]?.Skip(1).Select(part => part.ToString()) ?? []);

    private static JObject? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return body.IsEmpty ? null : new RawJson(body).AsToken() as JObject;
        }
        catch (MessageFormatException)
        {
            // Plain text.
            return null;
        }
    }

    private static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var bytes = new byte[MaxBytes];
            var length = await stream.ReadAtLeastAsync(bytes, MaxBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return bytes[..length];
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The status alone says what failed.
            return [];
        }
    }
}
