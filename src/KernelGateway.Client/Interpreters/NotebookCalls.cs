using System.Net;
using KernelGateway.Client.Http;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client.Interpreters;

/// <summary>Runs notebooks on a gateway, and exports what a context has executed.</summary>
internal static class NotebookCalls
{
    private const string Lines = "application/x-ndjson";

    /// <summary>Runs a notebook.</summary>
    public static async Task<NotebookRun> RunAsync(
        GatewayService service,
        Notebook notebook,
        NotebookPlace place,
        NotebookRunOptions options,
        Func<NotebookProgress, CancellationToken, Task>? onCellEnded,
        CancellationToken cancellationToken)
    {
        var call = new HttpCall(HttpMethod.Post, "api/notebooks/execute") { Headers = [("Accept", Lines)], Timeout = Timeout.InfiniteTimeSpan }
            .WithJson(CreateBody(notebook, place, options));
        using var response = await KnownErrors.TranslateAsync(
            () => service.Transport.SendAsync(call, cancellationToken), place.ContextId).ConfigureAwait(false);
        var lines = new LineReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        await using (lines.ConfigureAwait(false))
        {
            while (await ReadAsync(service, lines, cancellationToken).ConfigureAwait(false) is { } line)
            {
                if ((string?)line["type"] == "cell" && onCellEnded is not null)
                    await onCellEnded(ReadProgress(notebook, line), cancellationToken).ConfigureAwait(false);
                else if ((string?)line["type"] == "notebook")
                    return ReadRun(line);
            }
        }

        throw service.Transport.Unreachable(new IOException("The answer ended before the end of the run."));
    }

    /// <summary>Exports what a context has executed.</summary>
    public static async Task<Notebook> ExportAsync(GatewayService service, string contextId, CancellationToken cancellationToken)
    {
        var json = await KnownErrors.TranslateAsync(
            () => service.Transport.SendForJsonAsync(new HttpCall(HttpMethod.Get, GatewayService.PathOf(contextId, "/notebook")), cancellationToken),
            contextId).ConfigureAwait(false);
        return Notebook.Parse(json as JObject ?? []);
    }

    private static JObject CreateBody(Notebook notebook, NotebookPlace place, NotebookRunOptions options)
    {
        var body = new JObject { ["notebook"] = notebook.Json };
        if (place.ContextId is { } contextId) body["context_id"] = contextId;
        if (place.KernelSpecName is { } name) body["kernel_name"] = name;
        if (place.WorkingDirectory is { } directory) body["cwd"] = directory;
        if (place.EnvironmentVariables is { Count: > 0 } variables) body["env"] = JObject.FromObject(variables);
        if (options.CellTimeout is { } limit) body["timeout"] = limit == Timeout.InfiniteTimeSpan ? 0 : limit.TotalSeconds;
        if (options.AllowErrors) body["allow_errors"] = true;
        if (options.RecordTiming) body["record_timing"] = true;
        return body;
    }

    private static async Task<JObject?> ReadAsync(GatewayService service, LineReader lines, CancellationToken cancellationToken)
    {
        try
        {
            var line = await lines.ReadAsync(cancellationToken).ConfigureAwait(false);
            return line is null ? null : new RawJson(line).AsObject();
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw service.Transport.Unreachable(exception);
        }
        catch (MessageFormatException exception)
        {
            throw new GatewayApiException(HttpStatusCode.OK, null, "A line of the run of a notebook is not JSON: is it a gateway?", exception);
        }
    }

    private static NotebookProgress ReadProgress(Notebook notebook, JObject line)
    {
        var index = (int?)line["index"] ?? 0;
        var end = ExecutionEnd.FromJson(new JObject { ["reason"] = line["reason"], ["stopped_by"] = line["stopped_by"] });
        var cell = line["cell"] is JObject json ? new NotebookCell(json, index) : notebook.Cells[index];
        return new NotebookProgress(cell, (int?)line["number"] ?? 0, (int?)line["total"] ?? 0, end);
    }

    private static NotebookRun ReadRun(JObject line)
    {
        var notebook = Notebook.Parse(line["notebook"] as JObject ?? []);
        NotebookFailure? failure = null;
        if (line["error"] is JObject error)
        {
            var end = ExecutionEnd.FromJson(new JObject { ["reason"] = line["status"], ["stopped_by"] = error["stopped_by"] });
            var raised = new ExecutionError(
                (string?)error["ename"] ?? "", (string?)error["evalue"] ?? "", [.. error["traceback"]?.Select(one => (string?)one ?? "") ?? []]);
            failure = new NotebookFailure(notebook.Cells[(int?)error["cell"] ?? 0], end.Reason, raised) { StoppedBy = end.StoppedBy };
        }

        return new NotebookRun(notebook, (int?)line["cells"] ?? 0, (int?)line["cells_total"] ?? 0, failure);
    }
}
