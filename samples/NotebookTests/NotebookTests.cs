using KernelGateway;
using KernelGateway.Contexts;
using KernelGateway.Notebooks;
using NUnit.Framework;

namespace NotebookTests;

/// <summary>
/// Runs every notebook of the directory <c>notebooks</c>. A test fails when a cell raises, or when a cell's text is not what the notebook was saved with.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class NotebookTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "notebooks");

    private Gateway _gateway = null!;

    private static IEnumerable<string> Notebooks => Directory.EnumerateFiles(Folder, "*.ipynb").Select(path => Path.GetFileName(path)).Order();

    [OneTimeSetUp]
    public async Task StartGateway() => _gateway = await Gateway.StartAsync();

    [OneTimeTearDown]
    public async Task StopGateway() => await _gateway.DisposeAsync();

    [TestCaseSource(nameof(Notebooks))]
    [CancelAfter(300_000)]
    public async Task Notebook_runs_and_its_saved_text_is_current(string name, CancellationToken cancellationToken)
    {
        var saved = Notebook.Parse(await File.ReadAllBytesAsync(Path.Combine(Folder, name), cancellationToken));
        var notebook = Notebook.Parse(await File.ReadAllBytesAsync(Path.Combine(Folder, name), cancellationToken));

        var run = await NotebookRunner.RunAsync(
            _gateway,
            notebook,
            new NotebookRunOptions { CellTimeout = TimeSpan.FromMinutes(1) },
            new CreateContextOptions { WorkingDirectory = Folder },
            cancellationToken: cancellationToken);

        Assert.That(run.IsComplete, Is.True, $"cell {run.Failure?.Cell.Index}: {run.Failure?.Error.Name}: {run.Failure?.Error.Value}");
        Assert.Multiple(() =>
        {
            foreach (var (before, after) in saved.Cells.Zip(run.Notebook.Cells).Where(pair => pair.First.IsCode))
            {
                Assert.That(TextOf(after), Is.EqualTo(TextOf(before)), $"cell {before.Index}");
            }
        });
    }

    // What the cell wrote, and the plain text of its results.
    private static string TextOf(NotebookCell cell) => string.Concat(
        cell.Outputs.Select(output => output["text"] ?? output["data"]?["text/plain"]).Select(text => text switch
        {
            null => "",
            { HasValues: true } => string.Concat(text.Values<string>()),
            _ => (string?)text,
        }));
}
