using KernelGateway.Executions;

namespace KernelGateway;

/// <summary>Executions that outlive the call that submitted them, and are found again by their ids.</summary>
/// <remarks>
/// It stands beside <see cref="ICodeInterpreter"/> because not every interpreter has it: a service with E2B's routes only forgets an
/// execution when its answer has ended.
/// </remarks>
public interface IExecutions
{
    /// <summary>Submits code to the default context of a language, which is created at its first use, and returns when it was accepted.</summary>
    /// <param name="code">The code, sent to the kernel as it is.</param>
    /// <param name="language">The language, an alias, or null for the default language.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="cancellationToken">Stops waiting. Code that was accepted is run.</param>
    /// <exception cref="KernelGatewayException">Nothing serves the language, the kernel did not start, or too many executions wait.</exception>
    /// <exception cref="ArgumentException">The code or an option cannot be used.</exception>
    Task<IExecution> SubmitAsync(
        string code, string? language = null, ExecutionOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Finds an execution; null when there was none with that id, or when it is no longer retained.</summary>
    /// <param name="executionId">Its id.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<IExecution?> FindAsync(string executionId, CancellationToken cancellationToken = default);
}
