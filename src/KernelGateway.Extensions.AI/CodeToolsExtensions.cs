using KernelGateway.Tools;
using Microsoft.Extensions.AI;

namespace KernelGateway.Extensions.AI;

/// <summary>Gives the tools of KernelGateway to programs that use Microsoft.Extensions.AI.</summary>
public static class CodeToolsExtensions
{
    /// <summary>Returns the tools as functions, for the tools of <see cref="ChatOptions"/> or of an agent.</summary>
    /// <param name="tools">The tools. Dispose of them after the conversation; the functions do not.</param>
    /// <returns>
    /// The functions. A function returns a <see cref="string"/>, or, with images, a list of <see cref="AIContent"/>: the text as
    /// <see cref="TextContent"/>, then each image as <see cref="DataContent"/>. A call that is cancelled interrupts the code or kills the command.
    /// </returns>
    public static IReadOnlyList<AIFunction> AsAIFunctions(this CodeTools tools)
    {
        ArgumentNullException.ThrowIfNull(tools);
        return [.. tools.All.Select(tool => new CodeToolFunction(tool))];
    }
}
