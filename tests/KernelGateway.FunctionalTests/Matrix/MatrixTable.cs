using System.Collections.Concurrent;
using System.Text;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>Collects the results of the matrix and writes them as tables, one for each transport, after all kernels were tested.</summary>
[SetUpFixture]
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class MatrixTable
{
    private static readonly ConcurrentDictionary<(MatrixTransport Transport, string Feature, string Kernel), string> Cells = new();

    /// <summary>Adds one cell.</summary>
    public static void Note(MatrixTransport transport, string kernel, string feature, string cell) => Cells[(transport, feature, kernel)] = cell;

    [OneTimeTearDown]
    public void Write()
    {
        if (Cells.IsEmpty) return;
        var notes = new List<string>();
        var text = new StringBuilder("# Kernels and features\n\n");
        foreach (var transport in Cells.Keys.Select(cell => cell.Transport).Distinct().Order()) AppendTable(text, transport, notes);
        text.Append("Every cell is asserted by a test. A number says why a kernel does not have the feature:\n\n");
        for (var i = 0; i < notes.Count; i++) text.Append(i + 1).Append(". ").Append(notes[i]).Append('\n');

        Directory.CreateDirectory(Repository.PathOf("artifacts"));
        File.WriteAllText(Repository.PathOf("artifacts", "kernel-matrix.md"), text.ToString());
    }

    private static void AppendTable(StringBuilder text, MatrixTransport transport, List<string> notes)
    {
        var kernels = MatrixKernels.All.Select(kernel => kernel.Name).ToList();
        text.Append("| Over ").Append(transport).Append(" | ").AppendJoin(" | ", kernels).Append(" |\n| --- |").Insert(text.Length, " --- |", kernels.Count).Append('\n');
        foreach (var feature in Cells.Keys.Where(cell => cell.Transport == transport).Select(cell => cell.Feature).Distinct().Order(StringComparer.Ordinal))
        {
            text.Append("| ").Append(feature).Append(" | ")
                .AppendJoin(" | ", kernels.Select(kernel => Cell(transport, feature, kernel, notes))).Append(" |\n");
        }

        text.Append('\n');
    }

    private static string Cell(MatrixTransport transport, string feature, string kernel, List<string> notes)
    {
        if (!Cells.TryGetValue((transport, feature, kernel), out var cell)) return "not run";
        if (cell is "yes" or "FAILED" or "skipped") return cell;
        if (!notes.Contains(cell)) notes.Add(cell);
        return $"no ({notes.IndexOf(cell) + 1})";
    }
}
