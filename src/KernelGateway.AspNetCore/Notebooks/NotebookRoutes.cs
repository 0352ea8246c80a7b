using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Notebooks.Bodies;
using KernelGateway.AspNetCore.Responses;

namespace KernelGateway.AspNetCore.Notebooks;

/// <summary>The routes that run and write notebooks, with their descriptions.</summary>
internal static class NotebookRoutes
{
    private const string Json = JsonAnswer.MediaType;

    // Routes of our own, also where they stand beside Jupyter's.
    private static readonly RouteSection Section = new("notebooks", Problem.WriteAsync);

    public static void Map(RouteTable allRoutes, HttpSurface surface)
    {
        var routes = allRoutes.For(Section);
        routes.Map("POST", "/api/notebooks/execute", new ExecuteNotebookEndpoint(surface).HandleAsync)
            .Describe(
                "execute_notebook",
                "Runs a notebook and gives it back with its outputs.",
                "Its code cells are run in order, in a fresh context that is removed afterwards whatever happens, up to the first that raises. Code "
                + "that raises, a kernel that dies and a time limit that passes are results, with status 200. Cells with the tag `skip-execution` are "
                + "left as they are, those with `raises-exception` may raise. Losing the connection interrupts the run. With `Accept: "
                + "application/x-ipynb+json` the answer is the notebook alone. With `Accept: application/x-ndjson` it is a line for each cell when it has "
                + "ended (`type` is `cell`; `number`, `total`, `index`, `reason`, `stopped_by` where something stopped it, `cell`), a line of type `keepalive` now and then, and last the "
                + "answer as described, with the `type` `notebook`.")
            .Query("kernel_name", "As in the body, for a body that is a notebook alone.", "string")
            .Query("cwd", "As in the body, for a body that is a notebook alone.", "string")
            .Query("timeout", "As in the body, for a body that is a notebook alone.", "string")
            .Query("allow_errors", "As in the body, for a body that is a notebook alone: `true` or `false`.", "string")
            .Query("record_timing", "As in the body, for a body that is a notebook alone: `true` or `false`.", "string")
            .Query("context_id", "As in the body, for a body that is a notebook alone.", "string")
            .Takes<ExecuteNotebookBody>(Json)
            .Answers<NotebookRunBody>(200, Json, "How the run went, and the notebook.")
            .Answers<ProblemBody>(400, Problem.MediaType, "The body is not as described (`malformed_request`), or the notebook is none (`invalid_notebook`); the field is named.")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such context (`context_not_found`) or kernelspec (`kernelspec_not_found`); what is installed is said.")
            .Answers<ProblemBody>(413, Problem.MediaType, "The body is too long (`too_large`).")
            .Answers<ProblemBody>(415, Problem.MediaType, "The body is not declared to be JSON, or has an encoding other than gzip and deflate (`unsupported_media_type`).")
            .Answers<ProblemBody>(429, Problem.MediaType, "There are too many contexts (`context_limit`), or too many executions wait in the one that was named (`queue_full`, with `Retry-After`).")
            .Answers<ProblemBody>(503, Problem.MediaType, "The kernel did not start (`kernel_not_started`), the gateway is stopping (`stopping`), or has no memory for the body at the moment (`memory_limit`, with `Retry-After`).");
        routes.Map("GET", "/contexts/{id}/notebook", new ExportNotebookEndpoint(surface).HandleAsync)
            .Describe(
                "get_notebook",
                "Gives what a context has executed as a notebook with outputs.",
                "The executions that are still kept, in order, with their outputs so far; the id of a cell is that of its execution. The media types "
                + "`e2b/data` and `e2b/chart` are left out. With `Accept: application/x-ipynb+json` the answer is declared to be that.")
            .Answers<NotebookDocument>(200, Json, "The notebook, of format 4.5.")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such context (`context_not_found`).");
    }
}
