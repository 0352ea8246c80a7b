using System.Buffers;
using System.Text;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Notebooks;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Notebooks;

/// <summary>Writes notebooks, which may be large, from the object model directly into the response's buffers.</summary>
internal static class NotebookAnswer
{
    private const int TextBuffer = 16 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Answers with a notebook as it is in a file.</summary>
    public static Task WriteAsync(HttpContext context, Notebook notebook, string mediaType) =>
        SendAsync(context, mediaType, () => notebook.WriteTo(new WriterStream(context.Response.BodyWriter)));

    /// <summary>Answers with JSON that contains a notebook.</summary>
    public static Task WriteAsync(HttpContext context, JObject json) =>
        SendAsync(context, JsonAnswer.MediaType, () => Write(context.Response.BodyWriter, json));

    /// <summary>Writes JSON in one line.</summary>
    public static void Write(IBufferWriter<byte> output, JObject json)
    {
        using var text = new StreamWriter(new WriterStream(output), Utf8, TextBuffer);
        using var writer = new JsonTextWriter(text) { Formatting = Formatting.None };
        json.WriteTo(writer);
    }

    private static async Task SendAsync(HttpContext context, string mediaType, Action write)
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = mediaType;
        write();
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
