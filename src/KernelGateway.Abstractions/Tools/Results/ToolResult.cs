namespace KernelGateway.Tools.Results;

/// <summary>What a tool gives to a model: text first, then images.</summary>
/// <param name="Contents">The parts. The first one is text.</param>
/// <param name="IsError">Whether the tool could not do what it was asked to, or the code or command failed. The text says why.</param>
public sealed record ToolResult(IReadOnlyList<ToolContent> Contents, bool IsError)
{
    /// <summary>Gets the text, without the images.</summary>
    public string Text => string.Join('\n', Contents.OfType<ToolText>().Select(part => part.Text));

    internal static ToolResult FromText(string text) => new([new ToolText(text)], IsError: false);

    internal static ToolResult FromError(string message) => new([new ToolText($"error: {message}")], IsError: true);
}

/// <summary>A part of the result of a tool: <see cref="ToolText"/> or <see cref="ToolImage"/>.</summary>
public abstract record ToolContent
{
    private protected ToolContent()
    {
    }
}

/// <summary>Text for a model.</summary>
/// <param name="Text">The text, without terminal sequences.</param>
public sealed record ToolText(string Text) : ToolContent;

/// <summary>An image for a model.</summary>
/// <param name="Data">The bytes of the image.</param>
/// <param name="MediaType">Its media type, as <c>image/png</c>.</param>
public sealed record ToolImage(ReadOnlyMemory<byte> Data, string MediaType) : ToolContent;
