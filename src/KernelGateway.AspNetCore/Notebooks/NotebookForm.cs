namespace KernelGateway.AspNetCore.Notebooks;

/// <summary>In which form a client wants a notebook that was run.</summary>
internal enum NotebookForm
{
    /// <summary>With how the run went.</summary>
    Whole,

    /// <summary>The notebook alone, as a file.</summary>
    Bare,

    /// <summary>A line for each cell when it has ended, and the whole last.</summary>
    Lines,
}
