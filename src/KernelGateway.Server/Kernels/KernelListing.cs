using KernelGateway.Kernelspecs;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Spectre.Console;

namespace KernelGateway.Server.Kernels;

/// <summary>Writes the result of a search for kernelspecs, as a table or as JSON.</summary>
internal static class KernelListing
{
    // Tables are cut to the width of the terminal; in a file or a pipe they are not.
    private const int WidthOfPipes = 400;

    public static void Print(KernelSpecListing listing, TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (Console.IsOutputRedirected) console.Profile.Width = WidthOfPipes;
        if (listing.KernelSpecs.Count > 0)
        {
            var table = NewTable("Kernelspec", "Language", "Name", "Found in");
            foreach (var spec in listing.KernelSpecs) AddRow(table, spec.Name, spec.Language, spec.DisplayName, spec.ResourceDirectory);
            console.Write(table);
        }

        if (listing.Broken.Count > 0)
        {
            var table = NewTable("Broken", "What is wrong", "Found in");
            foreach (var broken in listing.Broken) AddRow(table, broken.Name, broken.Problem, broken.ResourceDirectory);
            console.Write(table);
        }

        if (listing.KernelSpecs.Count > 0) return;
        output.WriteLine("No usable kernelspec was found. Looked for directories with a kernel.json in:");
        foreach (var directory in listing.SearchedDirectories)
        {
            output.WriteLine($"  {directory}{(Directory.Exists(directory) ? "" : "  (does not exist)")}");
        }

        output.WriteLine();
        output.WriteLine("A Python kernel comes with 'apt install python3-ipykernel', or with 'pip install ipykernel' and");
        output.WriteLine("'python3 -m ipykernel install --user'. JUPYTER_PATH and --kernel-path name further places.");
    }

    public static string ToJson(KernelSpecListing listing) => new JObject
    {
        ["kernels"] = new JArray(listing.KernelSpecs.Select(spec => new JObject
        {
            ["name"] = spec.Name,
            ["language"] = spec.Language,
            ["display_name"] = spec.DisplayName,
            ["argv"] = new JArray(spec.Argv),
            ["resource_directory"] = spec.ResourceDirectory,
        })),
        ["broken"] = new JArray(listing.Broken.Select(broken => new JObject
        {
            ["name"] = broken.Name,
            ["problem"] = broken.Problem,
            ["resource_directory"] = broken.ResourceDirectory,
        })),
        ["searched"] = new JArray(listing.SearchedDirectories),
    }.ToString(Formatting.Indented);

    private static Table NewTable(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns) table.AddColumn(new TableColumn(Markup.Escape(column)));
        return table;
    }

    private static void AddRow(Table table, params string[] cells) => table.AddRow([.. cells.Select(cell => new Text(cell))]);
}
