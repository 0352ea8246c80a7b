using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Notebooks.Bodies;
using KernelGateway.AspNetCore.Responses;

namespace KernelGateway.AspNetCore.Notebooks;

/// <summary>The routes that run and write notebooks, with their descriptions.</summary>
internal static class NotebookRoutes
{
    private const string Json = JsonAnswer.MediaType;

    // The gateway's own routes, although they are below Jupyter's path.
    private static readonly RouteSection Section = new("notebooks", Problem.WriteAsync);

    public static void Map(RouteTable allRoutes, HttpSurface surface)
    {
        var routes = allRoutes.For(Section);
        routes.Map("POST", "/api/notebooks/execute", new ExecuteNotebookEndpoint(surface).HandleAsync)
            .Describe(
                "execute_notebook",
                "Runs a notebook and returns it with its outputs.",
                "Its code cells are run in order, in a new context that is always removed afterwards, up to the first that raises an error. Code "
                + "that raises an error, a dead kernel and an exceeded time limit are results, with status 200. Cells with the tag `skip-execution` are "
                + "not run, those with `raises-exception` may raise errors. Losing the connection interrupts the run. With `Accept: "
                + "application/x-ipynb+json` the answer is the notebook. With `Accept: application/x-ndjson` it is one line for each cell, sent when the cell has "
                + "ended (`type` is `cell`; `number`, `total`, `index`, `reason`, `stopped_by` where something stopped it, `cell`), a line of type `keepalive` now and then, and last the "
                + "answer as described, with the `type` `notebook`.")
            .Query("kernel_name", "The field of the same name, if the body is the notebook itself.", "string")
            .Query("cwd", "The field of the same name, if the body is the notebook itself.", "string")
            .Query("timeout", "The field of the same name, if the body is the notebook itself.", "string")
            .Query("allow_errors", "The field of the same name, if the body is the notebook itself: `true` or `false`.", "string")
            .Query("record_timing", "The field of the same name, if the body is the notebook itself: `true` or `false`.", "string")
            .Query("context_id", "The field of the same name, if the body is the notebook itself.", "string")
            .Takes<ExecuteNotebookBody>(Json)
            .Answers<NotebookRunBody>(200, Json, "How the run went, and the notebook.")
            .Answers<ProblemBody>(400, Problem.MediaType, "The body is not as described (`malformed_request`), or the notebook is not valid (`invalid_notebook`); the message names the field.")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such context (`context_not_found`) or kernelspec (`kernelspec_not_found`); the message lists the installed ones.")
            .Answers<ProblemBody>(413, Problem.MediaType, "The body is too long (`too_large`).")
            .Answers<ProblemBody>(415, Problem.MediaType, "The body is not declared as JSON, or has an encoding other than gzip and deflate (`unsupported_media_type`).")
            .Answers<ProblemBody>(429, Problem.MediaType, "There are too many contexts (`context_limit`), or too many executions wait in the given context (`queue_full`, with `Retry-After`).")
            .Answers<ProblemBody>(503, Problem.MediaType, "The kernel did not start (`kernel_not_started`), the gateway is stopping (`stopping`), or has no memory for the body at the moment (`memory_limit`, with `Retry-After`).");
        routes.Map("GET", "/contexts/{id}/notebook", new ExportNotebookEndpoint(surface).HandleAsync)
            .Describe(
                "get_notebook",
                "Returns what a context has executed, as a notebook with outputs.",
                "The retained executions, in order, with their outputs so far; the id of a cell is that of its execution. The media types "
                + "`e2b/data` and `e2b/chart` are left out. With `Accept: application/x-ipynb+json` the answer has this media type.")
            .Answers<NotebookDocument>(200, Json, "The notebook, of format 4.5.")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such context (`context_not_found`).");
    }
}
