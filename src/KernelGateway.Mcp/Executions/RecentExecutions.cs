namespace KernelGateway.Mcp.Executions;

/// <summary>Remembers the last executions of the tools, for the list of resources and for completion.</summary>
internal sealed class RecentExecutions
{
    private const int MaxExecutions = 50;

    private readonly Lock _lock = new();
    private readonly LinkedList<string> _ids = [];

    /// <summary>Gets their ids, the newest first.</summary>
    public IReadOnlyList<string> Ids
    {
        get
        {
            lock (_lock) return [.. _ids];
        }
    }

    public void Add(string executionId)
    {
        lock (_lock)
        {
            if (_ids.Contains(executionId)) return;
            _ids.AddFirst(executionId);
            if (_ids.Count > MaxExecutions) _ids.RemoveLast();
        }
    }
}
