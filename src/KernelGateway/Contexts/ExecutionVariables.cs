using KernelGateway.Kernels;
using KernelGateway.Languages;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Contexts;

/// <summary>The environment variables of one execution: set before its code, restored after it, both by silent requests.</summary>
internal sealed class ExecutionVariables(LanguageProfile? profile, IReadOnlyDictionary<string, string>? variables)
{
    private bool _areSet;

    /// <summary>The result of setting the variables.</summary>
    public enum Outcome
    {
        /// <summary>They are set, or there are none.</summary>
        Done,

        /// <summary>The kernel answered with an error, or not in time.</summary>
        Refused,

        /// <summary>The kernel aborted the requests, because code of another client has failed.</summary>
        Aborted,

        /// <summary>The kernel has ended in the meantime.</summary>
        KernelClosed,
    }

    public async Task<Outcome> SetAsync(KernelInstance instance)
    {
        if (profile is null || variables is not { Count: > 0 }) return Outcome.Done;
        try
        {
            // Some of them may be set, whatever the reply is: all are restored.
            _areSet = true;
            var reply = await instance.RunSilentlyPastAbortsAsync(
                profile.SetVariables(variables), CancellationToken.None, instance.SilentCodeTimeout).ConfigureAwait(false);
            if (reply.IsAborted) return Outcome.Aborted;
            return reply.Status == ReplyStatus.Ok ? Outcome.Done : Outcome.Refused;
        }
        catch (KernelClosedException)
        {
            return Outcome.KernelClosed;
        }
        catch (KernelRequestException)
        {
            return Outcome.Refused;
        }
    }

    /// <summary>Brings the old values back.</summary>
    /// <param name="instance">The kernel.</param>
    /// <param name="isAnswering">Whether it answered the execution; one that did not is not waited for as long.</param>
    public async Task RestoreAsync(KernelInstance instance, bool isAnswering)
    {
        if (!_areSet) return;
        try
        {
            await instance.RunSilentlyPastAbortsAsync(
                profile!.RestoreVariables, CancellationToken.None, isAnswering ? instance.SilentCodeTimeout : null).ConfigureAwait(false);
        }
        catch (KernelGatewayException)
        {
            // A closed kernel has no variables to restore. One that does not answer is reported by the next execution.
        }
    }
}
