using KernelGateway.Contexts;
using KernelGateway.Executions;

namespace KernelGateway.Notebooks;

/// <summary>Runs notebooks.</summary>
public static class NotebookRunner
{
    /// <summary>Runs a notebook's code cells, in order, in a context, and fills in their outputs.</summary>
    /// <param name="context">The context; other clients may use it at the same time, and their code may run between two
    /// cells.</param>
    /// <param name="notebook">The notebook; it is changed in place, cell by cell. Outputs of an earlier run are removed before
    /// the first cell is run.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="callbacks">What is called during the run; null for nothing.</param>
    /// <param name="cancellationToken">Interrupts the cell that runs, waits until it has ended, and ends the run; the notebook
    /// contains the outputs so far.</param>
    /// <returns>How it went. Code that raises is a result, not an exception, and so is a kernel that dies.</returns>
    /// <remarks>
    /// Cells without code are skipped and cleared, those with the tag <c>skip-execution</c> are left as they are. Code that asks for
    /// input raises. The notebook must not be used elsewhere during the run.
    /// </remarks>
    /// <exception cref="QueueFullException">Too many executions wait in the context; nothing of the notebook was run.</exception>
    /// <exception cref="ContextNotFoundException">The context has been removed; nothing of the notebook was run.</exception>
    /// <exception cref="ArgumentException">A limit in the options is not above zero, or the time limit is longer than allowed.</exception>
    /// <exception cref="OperationCanceledException">The token fired before the end.</exception>
    public static Task<NotebookRun> RunAsync(
        CodeContext context,
        Notebook notebook,
        NotebookRunOptions? options = null,
        NotebookCallbacks? callbacks = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(notebook);
        options ??= new NotebookRunOptions();
        if (options.MaxOutputBytes <= 0) throw new ArgumentException("The limit of the outputs must be more than zero.", nameof(options));
        TimeLimit.Choose(options.CellTimeout, context.Limits, nameof(options));
        return new CellSequence(context, notebook, options, callbacks ?? new NotebookCallbacks()).RunAsync(cancellationToken);
    }

    /// <summary>Runs a notebook in a new context, which is always removed afterwards.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="notebook">The notebook; see the other overload.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="contextOptions">The context, as for <see cref="CreateContextAsync"/>.</param>
    /// <param name="callbacks">What is called during the run; null for nothing.</param>
    /// <param name="cancellationToken">Ends the run; the notebook contains the outputs so far.</param>
    /// <exception cref="KernelSpecNotFoundException">The kernel it wants is not installed; the exception says what is.</exception>
    /// <exception cref="KernelLaunchException">The kernel did not start.</exception>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    /// <exception cref="OperationCanceledException">The token fired before the end.</exception>
    public static async Task<NotebookRun> RunAsync(
        Gateway gateway,
        Notebook notebook,
        NotebookRunOptions? options = null,
        CreateContextOptions? contextOptions = null,
        NotebookCallbacks? callbacks = null,
        CancellationToken cancellationToken = default)
    {
        var context = await CreateContextAsync(gateway, notebook, contextOptions, cancellationToken).ConfigureAwait(false);
        try
        {
            return await RunAsync(context, notebook, options, callbacks, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await gateway.Contexts.TryRemoveAsync(context.Id).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Creates the context for a notebook: with its kernelspec if that is installed, otherwise one of its language, otherwise the
    /// default.
    /// </summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="notebook">The notebook.</param>
    /// <param name="contextOptions">
    /// Directory, variables and id; a kernelspec or language in it overrides the notebook's. A Python kernel is never prepared
    /// for rich data, so the outputs are the same as in Jupyter.
    /// </param>
    /// <param name="cancellationToken">Cancels the creation; nothing of the context is left then.</param>
    /// <exception cref="KernelSpecNotFoundException">The kernel it wants is not installed; the exception says what is.</exception>
    /// <exception cref="KernelLaunchException">The kernel did not start.</exception>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    public static async Task<CodeContext> CreateContextAsync(
        Gateway gateway, Notebook notebook, CreateContextOptions? contextOptions = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(notebook);
        contextOptions ??= new CreateContextOptions();
        var spec = await NotebookKernel.SelectAsync(gateway, notebook, contextOptions, cancellationToken).ConfigureAwait(false);
        return await gateway.Contexts.CreateAsync(
            new CreateContextOptions
            {
                Id = contextOptions.Id,
                KernelSpecName = spec.Name,
                WorkingDirectory = contextOptions.WorkingDirectory,
                EnvironmentVariables = contextOptions.EnvironmentVariables,
                AllowsRichData = false,
            },
            cancellationToken).ConfigureAwait(false);
    }
}
