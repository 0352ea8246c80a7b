using System.Text;
using KernelGateway.Executions;
using KernelGateway.Protocol.Mime;

namespace KernelGateway.Mcp.Executions;

/// <summary>An image that code displayed.</summary>
/// <param name="MediaType">Its media type.</param>
/// <param name="Data">Its bytes.</param>
internal sealed record ExecutionImage(string MediaType, byte[] Data)
{
    private static readonly string[] Types = [MediaTypes.Png, MediaTypes.Jpeg, "image/gif", "image/webp", MediaTypes.Svg, MediaTypes.Pdf];

    /// <summary>Finds the images of a result: of each output the best one.</summary>
    public static IEnumerable<ExecutionImage> FindAll(ExecutionResult result)
    {
        foreach (var data in result.Results.Select(output => output.Data))
        {
            if (Array.Find(Types, data.Contains) is not { } type) continue;
            var bytes = type == MediaTypes.Svg ? data.Svg is { } svg ? Encoding.UTF8.GetBytes(svg) : null : data.GetBytes(type);
            if (bytes is not null) yield return new ExecutionImage(type, bytes);
        }
    }
}
