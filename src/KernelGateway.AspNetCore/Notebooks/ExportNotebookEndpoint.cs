using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Notebooks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KernelGateway.AspNetCore.Notebooks;

/// <summary><c>GET /contexts/{id}/notebook</c>: what a context has executed, as a notebook.</summary>
internal sealed class ExportNotebookEndpoint(HttpSurface surface)
{
    public Task HandleAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        if (surface.Gateway.Contexts.Find(id) is not { } found)
        {
            return Problem.WriteAsync(context, StatusCodes.Status404NotFound, ProblemCodes.ContextNotFound, surface.Gateway.Contexts.Missing(id).Message);
        }

        var mediaType = NotebookAccept.Parse(context.Request) == NotebookForm.Bare ? NotebookAccept.NotebookMediaType : JsonAnswer.MediaType;
        return NotebookAnswer.WriteAsync(context, NotebookExporter.Export(found), mediaType);
    }
}
