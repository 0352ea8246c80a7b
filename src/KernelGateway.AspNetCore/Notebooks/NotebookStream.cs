using System.Buffers;
using KernelGateway.AspNetCore.CodeInterpreter.Streaming;
using KernelGateway.AspNetCore.Notebooks.Bodies;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Notebooks;

/// <summary>Answers with a line for each ended cell, keep-alive lines in silence, and the whole notebook last.</summary>
/// <remarks>The response begins with its first line, so that a run that is refused at its first cell can still be answered with a status.</remarks>
internal sealed class NotebookStream(HttpContext context, HttpSurface surface) : IDisposable
{
    // Cells may end while a keep-alive line is written.
    private readonly SemaphoreSlim _writing = new(1, 1);
    private LineBuffer? _output;

    public async Task RunAsync(CodeContext target, Notebook notebook, NotebookRunOptions options, NotebookCallbacks callbacks)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        callbacks.OnCellEnded = (progress, cancellationToken) => WriteAsync(LineOf(progress), cancellationToken);
        var running = NotebookRunner.RunAsync(target, notebook, options, callbacks, giveUp.Token);
        try
        {
            await KeepAliveAsync(running, giveUp.Token);
        }
        catch
        {
            // Awaited: the run uses the notebook and its context until it has ended.
            await giveUp.CancelAsync();
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        var line = NotebookRunBody.Write(await running);
        line.AddFirst(new JProperty("type", "notebook"));
        await WriteAsync(line, context.RequestAborted);
    }

    public void Dispose() => _writing.Dispose();

    private async Task KeepAliveAsync(Task running, CancellationToken cancellationToken)
    {
        while (true)
        {
            await running.WaitAsync(surface.Options.KeepAliveInterval, surface.Time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (running.IsCompleted) return;
            cancellationToken.ThrowIfCancellationRequested();
            await WriteAsync(new JObject { ["type"] = "keepalive" }, cancellationToken);
        }
    }

    // Newtonsoft.Json copies the cell, because it has a parent in the notebook.
    private static JObject LineOf(NotebookProgress progress)
    {
        var line = new JObject
        {
            ["type"] = "cell",
            ["number"] = progress.Number,
            ["total"] = progress.Total,
            ["index"] = progress.Cell.Index,
            ["reason"] = ExecutionEnd.WireName(progress.End!.Reason),
        };
        if (progress.End.StoppedBy is { } cause) line["stopped_by"] = ExecutionEnd.WireName(cause);
        line["cell"] = progress.Cell.Json;
        return line;
    }

    private async Task WriteAsync(JObject line, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            _output ??= Open();
            NotebookAnswer.Write(_output, line);
            _output.Write("\n"u8);
            await _output.FlushAsync(cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    private LineBuffer Open()
    {
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        var response = context.Response;
        response.ContentType = StreamingResponse.MediaType;
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        return new LineBuffer(response.BodyWriter);
    }
}
