using KernelGateway.AspNetCore.CodeInterpreter.Streaming;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Notebooks;

/// <summary>Reads off the <c>Accept</c> header in which form a notebook is wanted.</summary>
internal static class NotebookAccept
{
    public const string NotebookMediaType = "application/x-ipynb+json";

    public static NotebookForm Of(HttpRequest request)
    {
        foreach (var accepted in request.Headers.Accept.SelectMany(header => header?.Split(',') ?? []))
        {
            var mediaType = accepted.Split(';')[0].Trim();
            if (mediaType.Equals(NotebookMediaType, StringComparison.OrdinalIgnoreCase)) return NotebookForm.Bare;
            if (mediaType.Equals(StreamingResponse.MediaType, StringComparison.OrdinalIgnoreCase)) return NotebookForm.Lines;
        }

        return NotebookForm.Whole;
    }
}
