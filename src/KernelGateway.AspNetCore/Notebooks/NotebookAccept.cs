using KernelGateway.AspNetCore.CodeInterpreter.Streaming;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Notebooks;

/// <summary>Reads the requested form of a notebook from the <c>Accept</c> header.</summary>
internal static class NotebookAccept
{
    public const string NotebookMediaType = "application/x-ipynb+json";

    public static NotebookForm Parse(HttpRequest request)
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

/// <summary>The form of the answer to a notebook run.</summary>
internal enum NotebookForm
{
    /// <summary>The outcome of the run, with the notebook in it.</summary>
    Whole,

    /// <summary>The notebook alone, as a file.</summary>
    Bare,

    /// <summary>A line for each cell when it has ended, and the whole last.</summary>
    Lines,
}
