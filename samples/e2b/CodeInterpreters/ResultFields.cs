using KernelGateway.Client.Legacy;

namespace Samples.CodeInterpreters;

internal static class ResultFields
{
    public static async Task RunAsync()
    {
        await using var sandbox = await CodeInterpreter.CreateAsync();
        var execution = await sandbox.Notebook.ExecCellAsync("""
            from IPython.display import display, HTML, Markdown, Latex, JSON
            display(HTML("<b>html</b>"))
            display(Markdown("*markdown*"))
            display(Latex("$latex$"))
            display(JSON({"a": [1]}))
            6 * 7
            """);

        foreach (var result in execution.Results)
        {
            var kind = result.IsMainResult ? "main result" : "display data";
            var value = result.Html ?? result.Markdown ?? result.Latex ?? result.Json?.ToString(Newtonsoft.Json.Formatting.None) ?? result.Text;
            Console.WriteLine($"{kind} [{string.Join(", ", result.Formats())}]: {value}");
        }

        Console.WriteLine(execution.Text);   // 42, the text of the main result
    }
}
