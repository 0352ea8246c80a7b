using System.Text.Json;
using KernelGateway.Tools;
using KernelGateway.Tools.Results;
using Microsoft.Extensions.AI;

namespace KernelGateway.Extensions.AI;

/// <summary>One tool as a function of Microsoft.Extensions.AI.</summary>
internal sealed class CodeToolFunction : AIFunction
{
    private readonly CodeTool _tool;

    public CodeToolFunction(CodeTool tool)
    {
        _tool = tool;
        using var schema = JsonDocument.Parse(tool.InputSchema);
        JsonSchema = schema.RootElement.Clone();
    }

    public override string Name => _tool.Name;

    public override string Description => _tool.Description;

    public override JsonElement JsonSchema { get; }

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var result = await _tool.InvokeAsync(arguments, cancellationToken).ConfigureAwait(false);

        // Plain text is what every client can send. Contents are for clients that can send images in the result of a function.
        return result.Contents.All(content => content is ToolText) ? result.Text : result.Contents.Select(ToContent).ToList();
    }

    private static AIContent ToContent(ToolContent content) => content switch
    {
        ToolImage image => new DataContent(image.Data, image.MediaType),
        ToolText text => new TextContent(text.Text),
        _ => throw new InvalidOperationException($"{content.GetType()} is not a known kind of content."),
    };
}
