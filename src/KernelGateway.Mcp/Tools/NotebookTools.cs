using System.Text.Json.Nodes;
using KernelGateway.Executions;
using KernelGateway.Mcp.Addresses;
using KernelGateway.Mcp.Executions;
using KernelGateway.Mcp.Resources;
using KernelGateway.Notebooks;
using KernelGateway.Tools;
using KernelGateway.Tools.Results;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace KernelGateway.Mcp.Tools;

/// <summary>Run a notebook of the machine's files, and export a context as a notebook.</summary>
internal sealed class NotebookTools(INotebooks notebooks, ISandboxFiles? files, ResultShaper results)
{
    public IEnumerable<McpServerTool> Create()
    {
        if (files is not null)
        {
            yield return new GatewayTool(
                GatewayTool.Describe(
                    "run_notebook",
                    "Run a notebook",
                    "Runs the code cells of a notebook file in order, up to the first that raises, and returns the output of the last cell that ran. "
                    + "output_path keeps all outputs.",
                    """
                    {
                      "path": { "type": "string", "description": "The notebook: a file (.ipynb) on the machine of the code." },
                      "output_path": {
                        "type": "string", "description": "Where the notebook is written with its outputs; it may be path itself. Default: nowhere."
                      },
                      "context_id": { "type": "string", "description": "The context in which to run it. Default: a new one, which is removed afterwards." },
                      "allow_errors": { "type": "boolean", "description": "Whether to continue after a cell that raises. Default: false." },
                      "cell_timeout_seconds": { "type": "number", "exclusiveMinimum": 0, "description": "How long each cell may run. Default: no limit." }
                    }
                    """,
                    ["path"],
                    """
                    {
                      "type": "object",
                      "properties": {
                        "complete": { "type": "boolean", "description": "Whether all cells were run." },
                        "cells_run": { "type": "integer" },
                        "cells_total": { "type": "integer" },
                        "failed_cell": { "type": "integer", "description": "The index of the cell at which it stopped, from 0." },
                        "output": { "type": "string", "description": "The text of this answer." }
                      },
                      "required": ["complete", "cells_run", "cells_total", "output"]
                    }
                    """,
                    new ToolAnnotations { DestructiveHint = true, OpenWorldHint = true }),
                RunAsync);
        }

        yield return new GatewayTool(
            GatewayTool.Describe(
                "export_notebook",
                "Export a context as a notebook",
                "Makes a notebook of what a context has executed, with outputs. With a path it is written there; the answer has its address as a resource.",
                """
                {
                  "context_id": { "type": "string", "description": "The context." },
                  "path": { "type": "string", "description": "Where to write it (.ipynb) on the machine of the code. Default: nowhere." }
                }
                """,
                ["context_id"],
                """
                {
                  "type": "object",
                  "properties": {
                    "cells": { "type": "integer" },
                    "resource": { "type": "string", "description": "The address of the notebook." },
                    "path": { "type": "string" }
                  },
                  "required": ["cells", "resource"]
                }
                """,
                new ToolAnnotations { DestructiveHint = false, IdempotentHint = true }),
            ExportAsync);
    }

    private async Task<CallToolResult> RunAsync(
        RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken)
    {
        var path = arguments.RequiredText("path");
        var output = arguments.Name("output_path");
        var contextId = arguments.Name("context_id");
        var options = new NotebookRunOptions { AllowErrors = arguments.Flag("allow_errors"), CellTimeout = arguments.Seconds("cell_timeout_seconds") };
        var notebook = Notebook.Parse(await files!.ReadBytesAsync(path, cancellationToken).ConfigureAwait(false));

        var last = new LastCell();
        var progress = ProgressReporter.Create(request, TimeProvider.System);
        var run = await notebooks.RunAsync(
            notebook,
            contextId,
            options,
            new NotebookCallbacks { OnCellEnded = (step, token) => ReportAsync(progress, step, token), OnEvent = last.Apply },
            cancellationToken).ConfigureAwait(false);
        if (output is not null) await files.WriteBytesAsync(output, NotebookJson.Write(run.Notebook), cancellationToken).ConfigureAwait(false);
        return await AnswerAsync(run, last, output, cancellationToken).ConfigureAwait(false);
    }

    private static Task ReportAsync(ProgressReporter? progress, NotebookProgress step, CancellationToken cancellationToken) =>
        progress is null || step.End is null
            ? Task.CompletedTask
            : progress.StepAsync(
                step.Number, step.Total, $"cell {step.Number} of {step.Total}: {ExecutionEnd.WireName(step.End.Reason)}", cancellationToken).AsTask();

    private async Task<CallToolResult> AnswerAsync(NotebookRun run, LastCell last, string? output, CancellationToken cancellationToken)
    {
        var text = $"{run.CellsRun} of {run.CellsTotal} cells were run.";
        var structured = new JsonObject { ["complete"] = run.IsComplete, ["cells_run"] = run.CellsRun, ["cells_total"] = run.CellsTotal };
        if (output is not null) text += $" The notebook with its outputs is in {output}.";
        if (run.Failure is { } failure)
        {
            text += $" It stopped at the cell with index {failure.Cell.Index}: {ExecutionEnd.WireName(failure.Reason)}.";
            structured["failed_cell"] = failure.Cell.Index;
        }

        List<ContentBlock> images = [];
        if (last.Cell is { } cell)
        {
            var shaped = await results.ShapeAsync(last.Result.Build(), cancellationToken).ConfigureAwait(false);
            text += $"\n\nThe cell with index {cell.Index}:\n{shaped.Text}";
            images.AddRange(shaped.Contents.OfType<ToolImage>().Select(image => ImageContentBlock.FromBytes(image.Data, image.MediaType)));
        }

        structured["output"] = text;
        var answer = GatewayTool.Answer(text, structured, isError: !run.IsComplete);
        foreach (var image in images) answer.Content.Add(image);
        return answer;
    }

    private async Task<CallToolResult> ExportAsync(
        RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken)
    {
        var contextId = arguments.RequiredText("context_id");
        var path = arguments.Name("path");
        if (path is not null && files is null) throw new ArgumentException("The argument 'path' cannot be used: there are no files here.");
        var notebook = await notebooks.ExportAsync(contextId, cancellationToken).ConfigureAwait(false);
        var uri = ResourceAddress.OfNotebook(contextId);
        var structured = new JsonObject { ["cells"] = notebook.Cells.Count, ["resource"] = uri };
        var text = $"The notebook of context {contextId} has {notebook.Cells.Count} cells.";
        if (path is not null)
        {
            await files!.WriteBytesAsync(path, NotebookJson.Write(notebook), cancellationToken).ConfigureAwait(false);
            structured["path"] = path;
            text += $" It was written to {path}.";
        }

        var answer = GatewayTool.Answer(text, structured);
        answer.Content.Add(new ResourceLinkBlock { Uri = uri, Name = "notebook", MimeType = NotebookJson.MediaType });
        return answer;
    }

    /// <summary>The output of the cell that ran last.</summary>
    private sealed class LastCell
    {
        public NotebookCell? Cell { get; private set; }

        public ExecutionResultBuilder Result { get; private set; } = new();

        public void Apply(NotebookCell cell, ExecutionEvent executionEvent)
        {
            if (!ReferenceEquals(cell, Cell)) Result = new ExecutionResultBuilder();
            Cell = cell;
            Result.Apply(executionEvent);
        }
    }
}
