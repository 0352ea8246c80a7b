using KernelGateway.Sandboxes;

namespace KernelGateway.Abstractions.Tests.Support;

/// <summary>Commands that are answered by the test.</summary>
internal sealed class ScriptedCommands(Func<string, CommandOptions, CommandOutcome> answer) : ISandboxCommands
{
    public Task<CommandOutcome> RunAsync(string command, CommandOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(answer(command, options ?? new CommandOptions()));
    }
}
