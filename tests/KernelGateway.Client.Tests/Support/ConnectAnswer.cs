using System.Text;
using KernelGateway.Client.Connect;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.Client.Tests.Support;

/// <summary>Writes answers of the Connect protocol, as a server of it would.</summary>
internal static class ConnectAnswer
{
    /// <summary>Begins a stream.</summary>
    public static Task BeginAsync(HttpContext context)
    {
        context.Response.ContentType = "application/connect+json";
        return context.Response.StartAsync();
    }

    /// <summary>Writes a message.</summary>
    public static Task WriteAsync(HttpContext context, string json) => WriteRawAsync(context, EnvelopeReader.Wrap(Encoding.UTF8.GetBytes(json)));

    /// <summary>Writes the end of a stream.</summary>
    public static Task EndAsync(HttpContext context, string json = "{}")
    {
        var envelope = EnvelopeReader.Wrap(Encoding.UTF8.GetBytes(json));
        envelope[0] = 2;
        return WriteRawAsync(context, envelope);
    }

    public static async Task WriteRawAsync(HttpContext context, byte[] bytes)
    {
        await context.Response.Body.WriteAsync(bytes);
        await context.Response.Body.FlushAsync();
    }

    /// <summary>Writes an answer of JSON.</summary>
    public static Task JsonAsync(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }
}
