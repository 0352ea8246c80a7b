using System.Collections.Concurrent;

namespace KernelGateway.Contexts;

/// <summary>The default contexts: one for each language, created for the first caller that names no context.</summary>
/// <param name="create">Creates a context of a language.</param>
/// <param name="find">Finds a context by its id; null when it has been removed.</param>
internal sealed class DefaultContexts(Func<string, Task<CodeContext>> create, Func<string, CodeContext?> find)
{
    private readonly ConcurrentDictionary<string, Task<CodeContext>> _byLanguage = new(StringComparer.Ordinal);

    /// <summary>Returns the default context of a language; creates it when there is none.</summary>
    /// <param name="language">The language, normalized.</param>
    /// <param name="created">Called with the context when this call has created it, also when the caller waits no more; null for nothing.</param>
    /// <param name="cancellationToken">Stops waiting; the context is created anyway, for the next caller.</param>
    public async Task<CodeContext> GetOrCreateAsync(string language, Action<CodeContext>? created, CancellationToken cancellationToken)
    {
        while (true)
        {
            var creation = new TaskCompletionSource<CodeContext>(TaskCreationOptions.RunContinuationsAsynchronously);
            var task = _byLanguage.GetOrAdd(language, creation.Task);
            if (task == creation.Task) BeginCreating(language, creation, created);
            var context = await task.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (find(context.Id) is not null) return context;

            // It has been removed in the meantime; a new one replaces it.
            _byLanguage.TryRemove(new KeyValuePair<string, Task<CodeContext>>(language, task));
        }
    }

    /// <summary>Finds the default context of a language, and waits for one that is being created; null when there is none.</summary>
    /// <param name="language">The language, normalized.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<CodeContext?> FindAsync(string language, CancellationToken cancellationToken)
    {
        if (!_byLanguage.TryGetValue(language, out var creation)) return null;
        await ((Task)creation).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return creation.IsCompletedSuccessfully ? find((await creation.ConfigureAwait(false)).Id) : null;
    }

    // The creation is shared: state of the first caller, such as the activity of a request, must not stay in the kernel.
    private void BeginCreating(string language, TaskCompletionSource<CodeContext> creation, Action<CodeContext>? created)
    {
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => CreateAsync(language, creation, created));
    }

    private async Task CreateAsync(string language, TaskCompletionSource<CodeContext> creation, Action<CodeContext>? created)
    {
        try
        {
            var context = await create(language).ConfigureAwait(false);
            created?.Invoke(context);
            creation.SetResult(context);
        }
        catch (Exception exception)
        {
            // Callers that wait get the exception; the next call tries again.
            _byLanguage.TryRemove(new KeyValuePair<string, Task<CodeContext>>(language, creation.Task));
            creation.SetException(exception);
            _ = creation.Task.Exception;
        }
    }
}
