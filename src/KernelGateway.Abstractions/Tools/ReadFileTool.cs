using System.Globalization;
using System.Text;
using KernelGateway.Sandboxes;
using KernelGateway.Tools.Results;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Tools;

/// <summary><c>read_file</c>: reads a part of a text file, or an image.</summary>
internal sealed class ReadFileTool(ISandboxFiles files, ToolDirectory directory, ResultShaper results, CodeToolsOptions options) : CodeTool
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override string Name => "read_file";

    public override string Description =>
        """
        Reads a text file or an image (PNG, JPEG, GIF, WebP) on the machine of the code.
        Of a long text the beginning is returned; a note then says with which first_line to continue.
        """;

    public override bool IsReadOnly => true;

    private protected override JObject Properties => new()
    {
        ["path"] = Describe("string", $"The path: absolute, or relative to {directory.Description}."),
        ["first_line"] = DescribeNumber("The number of the first line to read. Default: 1.", 1),
        ["line_count"] = DescribeNumber("How many lines to read. Default: as many as fit into the result.", 1),
    };

    private protected override string[] RequiredArguments => ["path"];

    private protected override async Task<ToolResult> RunAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var path = arguments.RequiredText("path");
        var firstLine = arguments.Number("first_line", 1) ?? 1;
        var lineCount = arguments.Number("line_count", 1) ?? int.MaxValue;

        if (await FindAsync(directory.Resolve(path), cancellationToken).ConfigureAwait(false) is { } entry)
        {
            if (entry.IsDirectory) return ToolResult.FromError($"{path} is a directory. list_files lists it.");
            if (entry.Size > options.MaxFileBytes)
            {
                return ToolResult.FromError(
                    $"{path} has {entry.Size} bytes; at most {options.MaxFileBytes} can be read. Read a part of it with code or a command.");
            }
        }
        var content = await files.ReadBytesAsync(directory.Resolve(path), cancellationToken).ConfigureAwait(false);

        if (content.Length == 0) return ToolResult.FromText("The file is empty.");
        if (ImageType.Find(content) is { } mediaType) return results.ShapeImage(content, mediaType);
        if (Decode(content) is { } text) return ReadLines(path, text, firstLine, lineCount);
        return ToolResult.FromError($"{path} is not text: a binary file of {content.Length} bytes. Examine it with code or a command.");
    }

    private ToolResult ReadLines(string path, string text, int firstLine, int lineCount)
    {
        var lines = text.Split('\n');
        var total = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        if (firstLine > total) return ToolResult.FromError($"{path} has {total} lines.");

        var part = new StringBuilder();
        var next = firstLine;
        while (next <= total && next - firstLine < lineCount)
        {
            var line = lines[next - 1];
            if (part.Length + line.Length > results.MaxTextLength)
            {
                // A line that is too long by itself is cut; otherwise the reader would never get past it.
                if (next > firstLine) break;
                line = CutText.Cut(line, results.MaxTextLength, omitted => $"[{omitted} characters of this line are left out]").Text;
            }
            part.Append(line).Append('\n');
            next++;
        }
        if (firstLine > 1 || next <= total)
        {
            var more = next <= total ? $"; continue with first_line {next}" : "";
            part.Append(CultureInfo.InvariantCulture, $"[lines {firstLine} to {next - 1} of {total}{more}]\n");
        }
        return ToolResult.FromText(part.ToString(0, part.Length - 1));
    }

    // Asks the directory, because a file should not be transferred before its size is known. Null if the directory cannot be listed.
    private async Task<SandboxEntry?> FindAsync(string path, CancellationToken cancellationToken)
    {
        var trimmed = path.TrimEnd('/');
        var slash = trimmed.LastIndexOf('/');
        var parent = slash switch { < 0 => "", 0 => "/", _ => trimmed[..slash] };
        var name = trimmed[(slash + 1)..];
        try
        {
            var entries = await files.ListAsync(parent, 1, cancellationToken).ConfigureAwait(false);
            return entries.FirstOrDefault(entry => entry.Name == name);
        }
        catch (SandboxException)
        {
            // The user may read a file in a directory that he may not list. If there is no file, reading says so.
            return null;
        }
    }

    private static string? Decode(byte[] content)
    {
        if (content.AsSpan().Contains((byte)0)) return null;
        try
        {
            return StrictUtf8.GetString(content).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
