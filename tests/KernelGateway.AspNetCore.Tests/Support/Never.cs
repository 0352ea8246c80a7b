namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>What does not happen.</summary>
internal static class Never
{
    /// <summary>Ends by cancellation only.</summary>
    public static Task WaitAsync(CancellationToken cancellationToken) => new TaskCompletionSource().Task.WaitAsync(cancellationToken);
}
