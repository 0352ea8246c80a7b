using System.IO.Pipelines;
using System.Text;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>Writes models, the ones with a large content in pieces.</summary>
internal static class ModelWriter
{
    // A flush waits while the client does not read, so that no more than this is in memory.
    private const int FlushBytes = 64 * 1024;

    /// <summary>Answers with a model whose content is null.</summary>
    public static Task WriteAsync(HttpContext context, int status, ContentsBody model, DateTimeOffset modified)
    {
        context.Response.GetTypedHeaders().LastModified = modified;
        return JsonAnswer.WriteAsync(context, status, model);
    }

    /// <summary>Answers with a model whose content is written by a callback.</summary>
    /// <param name="context">The request.</param>
    /// <param name="model">The model.</param>
    /// <param name="modified">When the content was changed.</param>
    /// <param name="writeContent">Writes one JSON value.</param>
    public static async Task WriteAsync(HttpContext context, ContentsBody model, DateTimeOffset modified, Func<PipeWriter, Task> writeContent)
    {
        var head = new JObject();
        var tail = new JObject();
        var part = head;
        foreach (var field in ((JObject)JsonAnswer.ToToken(model)).Properties())
        {
            if (field.Name == "content") part = tail;
            else part.Add(field);
        }

        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = JsonAnswer.MediaType;
        context.Response.GetTypedHeaders().LastModified = modified;
        var output = context.Response.BodyWriter;
        Write(output, head.ToString(Formatting.None)[..^1] + ",\"content\":");
        await writeContent(output);
        Write(output, "," + tail.ToString(Formatting.None)[1..]);
        await output.FlushAsync(context.RequestAborted);
    }

    /// <summary>Answers with the model of a directory and the models of what is in it.</summary>
    public static Task WriteDirectoryAsync(
        HttpContext context, ContentsBody model, DateTimeOffset modified, IEnumerable<ContentsBody> children) =>
        WriteAsync(context, model with { Format = "json" }, modified, async output =>
        {
            var separator = "[";
            foreach (var child in children)
            {
                Write(output, separator);
                Write(output, JsonAnswer.ToToken(child).ToString(Formatting.None));
                separator = ",";
                await FlushIfLongAsync(output, context.RequestAborted);
            }

            Write(output, separator == "[" ? "[]" : "]");
        });

    /// <summary>Writes a notebook cell by cell.</summary>
    public static async Task WriteNotebookAsync(PipeWriter output, JObject notebook, CancellationToken cancellationToken)
    {
        var separator = "{";
        foreach (var field in notebook.Properties())
        {
            Write(output, $"{separator}{JsonConvert.ToString(field.Name)}:");
            separator = ",";
            if (field is { Name: "cells", Value: JArray cells }) await WriteListAsync(output, cells, cancellationToken);
            else Write(output, field.Value.ToString(Formatting.None));
        }

        Write(output, "}");
    }

    /// <summary>Flushes what was written if it is long.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public static async ValueTask FlushIfLongAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        if (!output.CanGetUnflushedBytes || output.UnflushedBytes < FlushBytes) return;
        var result = await output.FlushAsync(cancellationToken);
        if (result.IsCompleted) throw new Requests.ClientGoneException();
    }

    private static async Task WriteListAsync(PipeWriter output, JArray list, CancellationToken cancellationToken)
    {
        Write(output, "[");
        for (var i = 0; i < list.Count; i++)
        {
            if (i > 0) Write(output, ",");
            Write(output, list[i].ToString(Formatting.None));
            await FlushIfLongAsync(output, cancellationToken);
        }

        Write(output, "]");
    }

    private static void Write(PipeWriter output, string text) => Encoding.UTF8.GetBytes(text, output);
}
