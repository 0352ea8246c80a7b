using KernelGateway.Kernels;
using KernelGateway.Languages;
using KernelGateway.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>
/// Sets the variables that all kernels get in a kernel that runs: when they were replaced since its launch, or when its
/// language does not read the environment of its process.
/// </summary>
internal sealed partial class SharedVariablesUpdate(LanguageProfile? profile, ILogger logger)
{
    private readonly ILogger _logger = logger;

    /// <summary>Sets what has changed, by a silent request before the code of an execution.</summary>
    /// <returns>
    /// False when the kernel has ended in the meantime. A kernel that refuses runs the code with the variables it has.
    /// </returns>
    public async Task<bool> ApplyAsync(KernelInstance instance)
    {
        if (profile is null || instance.Variables is not { } variables) return true;
        var changes = variables.FindChanges(profile.ReadsEnvironment)
            .Where(change => profile.IsPossibleName(change.Key))
            .ToDictionary(StringComparer.Ordinal);
        try
        {
            if (changes.Count == 0 || await TrySetAsync(instance, profile.ChangeVariables(changes)).ConfigureAwait(false))
                variables.NoteSet();
            return true;
        }
        catch (KernelClosedException)
        {
            return false;
        }
    }

    // False when the next execution has to try again.
    private async Task<bool> TrySetAsync(KernelInstance instance, string code)
    {
        try
        {
            var reply = await instance.RunSilentlyPastAbortsAsync(code, CancellationToken.None, instance.SilentCodeTimeout).ConfigureAwait(false);
            if (reply.IsAborted) return false;
            if (reply.Status != ReplyStatus.Ok) LogRefused(reply.Status.ToString());
            return true;
        }
        catch (KernelRequestException exception)
        {
            LogRefused(exception.Message);
            return true;
        }
    }

    [LoggerMessage(4111, LogLevel.Warning,
        "A kernel did not accept the variables that all kernels get, and continues with the former ones: {Reason}")]
    private partial void LogRefused(string reason);
}
