using System.Globalization;
using System.Text;
using KernelGateway.Tools.Results;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Tools;

/// <summary><c>list_files</c>: lists a directory.</summary>
internal sealed class ListFilesTool(ISandboxFiles files, ToolDirectory directory) : CodeTool
{
    private const int MaxDepth = 5;
    private const int MaxEntries = 200;

    public override string Name => "list_files";

    public override string Description =>
        $"""
        Lists a directory on the machine of the code: one path in a line, directories with a slash at the end, files with their size.
        At most {MaxEntries} are listed.
        """;

    public override bool IsReadOnly => true;

    private protected override JObject Properties => new()
    {
        ["path"] = Describe("string", $"The directory: absolute, or relative to {directory.Description}. Default: {directory.Description}."),
        ["depth"] = DescribeNumber("How many levels are listed. Default: 1.", 1, MaxDepth),
    };

    private protected override string[] RequiredArguments => [];

    private protected override async Task<ToolResult> RunAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var path = arguments.Text("path") ?? "";
        var depth = arguments.Number("depth", 1, MaxDepth) ?? 1;

        var entries = await files.ListAsync(directory.Resolve(path), depth, cancellationToken).ConfigureAwait(false);

        if (entries.Count == 0) return ToolResult.FromText("The directory is empty.");
        var text = new StringBuilder();
        foreach (var entry in entries.Take(MaxEntries))
        {
            text.Append(entry.Path).Append(entry.IsDirectory ? "/" : $" ({entry.Size} bytes)").Append('\n');
        }
        if (entries.Count > MaxEntries)
        {
            var more = entries.Count - MaxEntries;
            text.Append(CultureInfo.InvariantCulture, $"[{more} more are left out. List a directory below it, or use a smaller depth.]\n");
        }
        return ToolResult.FromText(text.ToString(0, text.Length - 1));
    }
}
