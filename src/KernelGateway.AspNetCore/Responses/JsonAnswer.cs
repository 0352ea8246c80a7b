using System.Text;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;

namespace KernelGateway.AspNetCore.Responses;

/// <summary>Writes JSON responses with names in snake case, as in similar APIs.</summary>
internal static class JsonAnswer
{
    public const string MediaType = "application/json";

    private static readonly JsonSerializer Serializer = JsonSerializer.Create(new JsonSerializerSettings
    {
        ContractResolver = new DefaultContractResolver { NamingStrategy = new SnakeCaseNamingStrategy() },
        NullValueHandling = NullValueHandling.Include,
        DateFormatString = "yyyy-MM-ddTHH:mm:ss.ffffffK",
    });

    public static Task WriteAsync(HttpContext context, int status, object body, string mediaType = MediaType) =>
        WriteTokenAsync(context, status, ToToken(body), mediaType);

    public static Task WriteTokenAsync(HttpContext context, int status, JToken body, string mediaType = MediaType) =>
        WriteRawAsync(context, status, Encoding.UTF8.GetBytes(body.ToString(Formatting.None)), mediaType);

    public static Task WriteRawAsync(HttpContext context, int status, ReadOnlyMemory<byte> body, string mediaType = MediaType)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = mediaType;
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    public static JToken ToToken(object body) => JToken.FromObject(body, Serializer);
}
