namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>A wait for something that never happens.</summary>
internal static class Never
{
    /// <summary>Waits until it is cancelled.</summary>
    public static Task WaitAsync(CancellationToken cancellationToken) => new TaskCompletionSource().Task.WaitAsync(cancellationToken);
}
