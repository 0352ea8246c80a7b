using KernelGateway.Executions;

namespace KernelGateway.Mcp.Executions;

/// <summary>Decides whether the text of a result is shown whole.</summary>
internal static class OutputLength
{
    /// <summary>Returns whether a part of the text is longer than a part may be.</summary>
    public static bool Exceeds(ExecutionResult result, int maxLength) =>
        result.Logs.Stdout.Sum(chunk => (long)chunk.Length) > maxLength
        || result.Logs.Stderr.Sum(chunk => (long)chunk.Length) > maxLength
        || result.Results.Sum(output => (long)(output.Text?.Length ?? 0)) > maxLength;
}
