using KernelGateway.SandboxServices.Files;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>The parts that serve one directory.</summary>
internal sealed class ContentsServices
{
    public ContentsServices(HttpSurface surface, Func<SandboxFiles> getFiles, string root)
    {
        Directory = new ContentsDirectory(getFiles, root);
        Notebooks = new NotebookFiles(Directory);
        var store = new Checkpoints(Directory);
        Checkpoints = new CheckpointRoutes(Directory, store, Notebooks);
        Reader = new ContentsReader(surface, Directory, Notebooks);
        Writer = new ContentsWriter(surface, Directory, Notebooks, store);
        Mover = new ContentsMover(Directory, store);
        New = new NewContents(Directory, Writer, new ContentsCopy(surface, Directory, store));
    }

    public ContentsDirectory Directory { get; }

    public NotebookFiles Notebooks { get; }

    public CheckpointRoutes Checkpoints { get; }

    public ContentsReader Reader { get; }

    public ContentsWriter Writer { get; }

    public ContentsMover Mover { get; }

    public NewContents New { get; }
}
