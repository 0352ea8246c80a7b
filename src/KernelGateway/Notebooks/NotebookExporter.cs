using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Notebooks.Outputs;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Notebooks;

/// <summary>Exports what a context has executed as a notebook.</summary>
public static class NotebookExporter
{
    private const long MaxOutputBytes = 256L << 20;

    /// <summary>
    /// Creates a notebook of the retained executions of a context, in order, with their outputs so far.
    /// </summary>
    /// <param name="context">The context.</param>
    /// <returns>A notebook of format 4.5; the id of a cell is that of its execution.</returns>
    /// <remarks>
    /// Executions that never reached the kernel are left out, and those of other clients of the same kernel are not known. How many are
    /// kept is said by <see cref="KernelGatewayOptions.RetainedExecutions"/> and <see cref="KernelGatewayOptions.RetainedExecutionBytes"/>.
    /// Outputs beyond 256 MiB are left out, and a text in the cell says so.
    /// </remarks>
    public static Notebook Export(CodeContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var metadata = new JObject();
        NotebookKernel.Describe(context, metadata);
        var cells = new JArray();
        var budget = new OutputBudget(MaxOutputBytes);
        var displays = new DisplayIds(budget);
        foreach (var execution in context.ListExecutions())
        {
            if (TryWrite(execution, displays, budget) is { } cell) cells.Add(cell);
        }

        return Notebook.Parse(new JObject
        {
            ["cells"] = cells,
            ["metadata"] = metadata,
            ["nbformat"] = 4,
            ["nbformat_minor"] = Notebook.MinorWithIds,
        });
    }

    private static JObject? TryWrite(Execution execution, DisplayIds displays, OutputBudget budget)
    {
        var list = new JArray();
        var json = new JObject
        {
            ["cell_type"] = "code",
            ["execution_count"] = null,
            ["id"] = execution.Id,
            ["metadata"] = new JObject(),
            ["outputs"] = list,
            ["source"] = execution.Code,
        };
        var outputs = new CellOutputs(new NotebookCell(json, 0), list, displays, budget);
        try
        {
            using var reader = execution.Journal.OpenReader(0);
            while (reader.TryReadEvent() is { } executionEvent) outputs.Apply(executionEvent);
        }
        catch (ObjectDisposedException)
        {
            // Evicted since it was listed.
            return null;
        }

        outputs.Flush();
        return outputs.HasRun ? json : null;
    }
}
