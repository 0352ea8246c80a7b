using KernelGateway.Contexts;
using KernelGateway.Executions;

namespace KernelGateway.Tools;

/// <summary>The contexts of one set of tools: one for each language that was used, created at its first use.</summary>
internal sealed class ToolContexts(ICodeInterpreter interpreter, CreateContextOptions options) : IAsyncDisposable
{
    // Only one context is created at a time. Held while a kernel starts.
    private readonly SemaphoreSlim _creating = new(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ICodeContext> _contexts = new(StringComparer.OrdinalIgnoreCase);
    private bool _isDisposed;

    /// <summary>Runs code in the context of a language.</summary>
    /// <returns>The result, and whether the context is a new one in place of one that was removed elsewhere.</returns>
    public async Task<(ExecutionResult Result, bool IsReplaced)> RunAsync(
        string code, string? language, ExecutionOptions execution, CancellationToken cancellationToken)
    {
        var key = string.IsNullOrWhiteSpace(language) ? options.Language ?? "" : language.Trim();
        var context = await GetAsync(key, cancellationToken).ConfigureAwait(false);
        try
        {
            return (await context.RunAsync(code, execution, cancellationToken: cancellationToken).ConfigureAwait(false), IsReplaced: false);
        }
        catch (ContextNotFoundException)
        {
            // It was removed elsewhere, for example because it was idle. The code has not run, so it can run in another one.
            Forget(key, context);
        }
        context = await GetAsync(key, cancellationToken).ConfigureAwait(false);
        return (await context.RunAsync(code, execution, cancellationToken: cancellationToken).ConfigureAwait(false), IsReplaced: true);
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
        }

        // After a context that is being created now. The semaphore itself has nothing to dispose of.
        await _creating.WaitAsync().ConfigureAwait(false);
        ICodeContext[] contexts;
        lock (_lock) contexts = [.. _contexts.Values];
        _creating.Release();
        foreach (var context in contexts)
        {
            try
            {
                await context.RemoveAsync().ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is KernelGatewayException or ObjectDisposedException)
            {
                // It has been removed already, or its interpreter cannot be reached any more and ends it by itself.
            }
        }
    }

    private async Task<ICodeContext> GetAsync(string language, CancellationToken cancellationToken)
    {
        if (Find(language) is { } known) return known;
        await _creating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Find(language) is { } created) return created;
            var context = await interpreter.CreateContextAsync(OptionsFor(language), cancellationToken).ConfigureAwait(false);
            lock (_lock) _contexts[language] = context;
            return context;
        }
        finally
        {
            _creating.Release();
        }
    }

    private ICodeContext? Find(string language)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(CodeTools));
            return _contexts.GetValueOrDefault(language);
        }
    }

    private void Forget(string language, ICodeContext context)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_contexts.GetValueOrDefault(language), context)) _contexts.Remove(language);
        }
    }

    // The kernelspec belongs to the language of the options; another language chooses its own.
    private CreateContextOptions OptionsFor(string language) => new()
    {
        Language = language.Length == 0 ? null : language,
        KernelSpecName = language.Equals(options.Language ?? "", StringComparison.OrdinalIgnoreCase) ? options.KernelSpecName : null,
        WorkingDirectory = options.WorkingDirectory,
        EnvironmentVariables = options.EnvironmentVariables,
    };
}
