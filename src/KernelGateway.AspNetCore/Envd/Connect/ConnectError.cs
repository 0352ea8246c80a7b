using System.Text;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Envd.Connect;

/// <summary>Writes errors as JSON, which they are with every codec.</summary>
internal static class ConnectError
{
    /// <summary>Answers a unary call.</summary>
    public static Task WriteAsync(HttpContext context, ConnectException error) =>
        WriteAsync(context, ConnectCodes.GetStatus(error.Code), error.Code, error.Message);

    /// <summary>Answers before the method is reached; clients read the code from the body, or else from the status.</summary>
    public static Task WriteRefusalAsync(HttpContext context, int status, string code, string detail) =>
        WriteAsync(context, status, ConnectCodes.FromStatus(status), detail);

    public static Task WriteAsync(HttpContext context, int status, ConnectCode code, string message) =>
        JsonAnswer.WriteRawAsync(context, status, Encode(new ConnectException(code, message), isEnd: false));

    /// <summary>Gives the error as the body of a unary answer, or as the message of an end of stream.</summary>
    public static byte[] Encode(ConnectException error, bool isEnd)
    {
        var body = new JObject { ["code"] = ConnectCodes.GetName(error.Code) };
        if (error.Message.Length > 0) body["message"] = error.Message;
        JToken whole = isEnd ? new JObject { ["error"] = body } : body;
        return Encoding.UTF8.GetBytes(whole.ToString(Formatting.None));
    }
}
