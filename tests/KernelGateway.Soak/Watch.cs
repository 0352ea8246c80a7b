using KernelGateway.Soak.Books;

namespace KernelGateway.Soak;

/// <summary>Gives every wait a deadline and reports a finding when it is missed.</summary>
internal sealed class Watch(FindingList findings)
{
    /// <summary>Longer than a full queue takes when each cell needs all steps of the interrupt ladder.</summary>
    public static readonly TimeSpan Execution = TimeSpan.FromSeconds(180);

    /// <summary>Longer than the start of any kernel on a busy machine takes.</summary>
    public static readonly TimeSpan Operation = TimeSpan.FromSeconds(90);

    /// <param name="what">The name of the operation in the finding.</param>
    /// <param name="limit">The deadline.</param>
    /// <param name="work">The operation. Its token is cancelled at the deadline.</param>
    /// <param name="describe">Describes the state when the operation hangs; null for no description.</param>
    /// <exception cref="HungException">The deadline passed.</exception>
    public async Task<T> RunAsync<T>(
        string what, TimeSpan limit, Func<CancellationToken, Task<T>> work, Func<CancellationToken, Task<string>>? describe = null)
    {
        using var deadline = new CancellationTokenSource(limit);
        try
        {
            // The second limit also ends the wait for an operation that ignores its token.
            return await work(deadline.Token).WaitAsync(limit + TimeSpan.FromSeconds(5), CancellationToken.None);
        }
        catch (Exception exception) when (deadline.IsCancellationRequested)
        {
            findings.Add("hung", $"{what} took more than {limit.TotalSeconds} s ({exception.GetType().Name}){await DescribeAsync(describe)}");
            throw new HungException(what, exception);
        }
    }

    public Task RunAsync(
        string what, TimeSpan limit, Func<CancellationToken, Task> work, Func<CancellationToken, Task<string>>? describe = null) =>
        RunAsync(
            what,
            limit,
            async token =>
            {
                await work(token);
                return true;
            },
            describe);

    private static async Task<string> DescribeAsync(Func<CancellationToken, Task<string>>? describe)
    {
        if (describe is null) return "";
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            return $"; {await describe(deadline.Token)}";
        }
        catch (Exception exception)
        {
            return $"; what is known of it could not be found out: {exception.Message}";
        }
    }
}
