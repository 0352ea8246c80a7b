using KernelGateway.Tools.Results;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Tools;

/// <summary><c>run_code</c>: runs code in the conversation's context of a language.</summary>
internal sealed class RunCodeTool(ToolContexts contexts, ResultShaper results, CodeToolsOptions options) : CodeTool
{
    public override string Name => "run_code";

    public override string Description =>
        """
        Runs code in a Jupyter kernel and returns what it printed, the value of its last expression, displayed images and tables, or its error
        with the end of the traceback. Variables, imports and functions are kept from call to call, so later code can use earlier results.
        Long output is cut in its middle. The code cannot ask for input.
        """;

    private protected override JObject Properties => new()
    {
        ["code"] = Describe("string", "The code, as it would be in a cell of a notebook. The value of its last expression is returned without print."),
        ["language"] = Describe(
            "string",
            $"The language, such as python, javascript or r. Each has its own variables. Default: {options.Context.Language ?? "usually python"}."),
        ["timeout_seconds"] = DescribeNumber(
            $"How long the code may run before it is interrupted. Default: {options.CodeTimeout.TotalSeconds:0.###}.",
            1,
            (int)options.MaxTimeout.TotalSeconds),
    };

    private protected override string[] RequiredArguments => ["code"];

    private protected override async Task<ToolResult> RunAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var code = arguments.RequiredText("code");
        var language = arguments.Text("language");
        var seconds = arguments.Number("timeout_seconds", 1, (int)options.MaxTimeout.TotalSeconds);

        var (result, isReplaced) = await contexts.RunAsync(
            code,
            language,
            new() { Timeout = seconds is { } given ? TimeSpan.FromSeconds(given) : options.CodeTimeout },
            cancellationToken).ConfigureAwait(false);

        var shaped = await results.ShapeAsync(result, cancellationToken).ConfigureAwait(false);
        if (!isReplaced) return shaped;
        var note = new ToolText("note: the earlier context was removed. The code ran in a new one, without the earlier variables.");
        return shaped with { Contents = [note, .. shaped.Contents] };
    }
}
