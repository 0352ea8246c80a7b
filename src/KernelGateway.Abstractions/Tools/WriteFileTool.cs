using KernelGateway.Tools.Results;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Tools;

/// <summary><c>write_file</c>: writes a text file.</summary>
internal sealed class WriteFileTool(ISandboxFiles files, ToolDirectory directory) : CodeTool
{
    public override string Name => "write_file";

    public override string Description =>
        "Writes a text file on the machine of the code, in place of what the file contained. Missing directories are created.";

    private protected override JObject Properties => new()
    {
        ["path"] = Describe("string", $"The path: absolute, or relative to {directory.Description}."),
        ["content"] = Describe("string", "The whole text of the file."),
    };

    private protected override string[] RequiredArguments => ["path", "content"];

    private protected override async Task<ToolResult> RunAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var path = arguments.RequiredText("path");
        var content = arguments.RequiredText("content");

        await files.WriteTextAsync(directory.Resolve(path), content, cancellationToken).ConfigureAwait(false);

        return ToolResult.FromText($"Wrote {content.Length} characters to {path}.");
    }
}
