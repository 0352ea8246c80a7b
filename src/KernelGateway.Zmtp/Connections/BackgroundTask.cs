namespace KernelGateway.Zmtp.Connections;

/// <summary>
/// Starts long-lived work without the starter's execution context: the state of a request does not stay alive in it.
/// </summary>
internal static class BackgroundTask
{
    public static Task Start(Func<Task> work)
    {
        if (ExecutionContext.IsFlowSuppressed()) return Task.Run(work, CancellationToken.None);
        using (ExecutionContext.SuppressFlow())
            return Task.Run(work, CancellationToken.None);
    }
}
