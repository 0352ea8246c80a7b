using System.Net;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Server.Remote;

/// <summary>Reads the errors of a gateway: those of the Connect protocol, and those of the routes for files.</summary>
internal static class RemoteErrors
{
    // More than any error has; an answer of another server may be a page.
    private const int MaxBytes = 64 * 1024;

    // The beginning of the message for a missing or wrong token. An unknown user has the same code.
    private const string TokenMessage = "unauthorized access";

    /// <summary>Gives the exception for an answer with an error status.</summary>
    public static async Task<RemoteException> ReadAsync(
        RemoteGateway gateway, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await ReadBodyAsync(gateway, response, cancellationToken);
        if (body?["code"] is { } code) return Create(gateway, response.StatusCode, code.ToString(), (string?)body["message"]);
        return response.StatusCode switch
        {
            HttpStatusCode.NotFound => new RemoteException(
                RemoteProblem.ServicesOff,
                $"The gateway at {gateway.Address} serves no files and commands: it was started with '--services none', it does "
                + "not run on Linux, or this is not its address."),
            HttpStatusCode.Unauthorized => TokenRefused(gateway),
            var status => new RemoteException(
                RemoteProblem.Other, $"The server at {gateway.Address} answered with status {(int)status}."),
        };
    }

    /// <summary>Gives the exception for the error in the last envelope of a stream; null when there is none.</summary>
    public static RemoteException? ReadEnd(RemoteGateway gateway, ReadOnlySpan<byte> message)
    {
        var body = TryParse(System.Text.Encoding.UTF8.GetString(message));
        return body?["error"] is JObject error
            ? Create(gateway, HttpStatusCode.OK, (string?)error["code"] ?? "unknown", (string?)error["message"])
            : null;
    }

    private static RemoteException Create(RemoteGateway gateway, HttpStatusCode status, string code, string? message)
    {
        // The routes for files have the status as code.
        var problem = code switch
        {
            "unauthenticated" or "401" => RemoteProblem.UnknownUser,
            "not_found" or "404" => RemoteProblem.NotFound,
            "already_exists" or "409" => RemoteProblem.AlreadyExists,
            "invalid_argument" or "400" => RemoteProblem.InvalidArgument,
            _ => RemoteProblem.Other,
        };
        if (problem == RemoteProblem.UnknownUser && message?.StartsWith(TokenMessage, StringComparison.Ordinal) != false)
            return TokenRefused(gateway);
        return new RemoteException(
            problem, message is { Length: > 0 } ? message : $"The gateway answered: {code} ({(int)status}).");
    }

    private static RemoteException TokenRefused(RemoteGateway gateway) => new(
        RemoteProblem.TokenRefused,
        gateway.HasToken
            ? $"The gateway at {gateway.Address} refused the token."
            : $"The gateway at {gateway.Address} needs a token: give it with --token or in the environment variable "
                + "KERNELGATEWAY_TOKEN.");

    private static async Task<JObject?> ReadBodyAsync(
        RemoteGateway gateway, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var bytes = new byte[MaxBytes];
            var count = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            return TryParse(System.Text.Encoding.UTF8.GetString(bytes, 0, count));
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw gateway.Unreachable(exception);
        }
    }

    private static JObject? TryParse(string text)
    {
        try
        {
            return JToken.Parse(text) as JObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
