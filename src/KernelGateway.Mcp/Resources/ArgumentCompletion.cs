using KernelGateway.Mcp.Executions;
using ModelContextProtocol.Protocol;

namespace KernelGateway.Mcp.Resources;

/// <summary>Completes the arguments of addresses: ids of contexts and executions, paths of files.</summary>
internal sealed class ArgumentCompletion(McpBackend backend, RecentExecutions recent)
{
    // Of the specification: at most 100 values in an answer.
    private const int MaxValues = 100;

    public async ValueTask<CompleteResult> CompleteAsync(CompleteRequestParams request, CancellationToken cancellationToken)
    {
        var value = request.Argument.Value;
        var values = request.Argument.Name switch
        {
            "context_id" => (await backend.Interpreter.ListContextsAsync(cancellationToken).ConfigureAwait(false)).Select(context => context.Id),
            "execution_id" => recent.Ids,
            "path" => await ListAsync(value, cancellationToken).ConfigureAwait(false),
            _ => [],
        };
        var found = values.Where(candidate => candidate.StartsWith(value, StringComparison.Ordinal)).ToArray();
        return new CompleteResult
        {
            Completion = new Completion { Values = [.. found.Take(MaxValues)], Total = found.Length, HasMore = found.Length > MaxValues },
        };
    }

    private async Task<IEnumerable<string>> ListAsync(string value, CancellationToken cancellationToken)
    {
        if (backend.Files is null || !value.StartsWith('/')) return [];
        try
        {
            var entries = await backend.Files.ListAsync(value[..(value.LastIndexOf('/') + 1)], 1, cancellationToken).ConfigureAwait(false);
            return entries.Select(entry => entry.IsDirectory ? entry.Path + "/" : entry.Path);
        }
        catch (KernelGatewayException)
        {
            // A directory that does not exist, or may not be listed, completes nothing.
            return [];
        }
    }
}
