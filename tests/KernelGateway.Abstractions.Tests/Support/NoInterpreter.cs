using KernelGateway.Contexts;
using KernelGateway.Executions;

namespace KernelGateway.Abstractions.Tests.Support;

/// <summary>An interpreter for tests that run no code.</summary>
internal sealed class NoInterpreter : ICodeInterpreter
{
    public Task<ICodeContext> CreateContextAsync(CreateContextOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<ICodeContext> GetContextAsync(string contextId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<ICodeContext>> ListContextsAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task RemoveContextAsync(string contextId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<ExecutionResult> RunAsync(
        string code,
        string? language = null,
        ExecutionOptions? options = null,
        ExecutionCallbacks? callbacks = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
