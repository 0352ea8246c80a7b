using KernelGateway.Executions;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching.Users;
using KernelGateway.Processes.Limits;
using Microsoft.Extensions.Options;

namespace KernelGateway;

/// <summary>Finds options that cannot work, before anything is started.</summary>
internal sealed class KernelGatewayOptionsValidator : IValidateOptions<KernelGatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, KernelGatewayOptions options)
    {
        var failures = new List<string>();
        Positive(options.Kernels.StartTimeout, "Kernels.StartTimeout");
        Positive(options.Kernels.CompletionGrace, "Kernels.CompletionGrace");
        Positive(options.Kernels.InterruptGrace, "Kernels.InterruptGrace");
        Positive(options.Kernels.ShutdownGrace, "Kernels.ShutdownGrace");
        Positive(options.Kernels.RequestTimeout, "Kernels.RequestTimeout");
        Positive(options.Kernels.ConnectionLossGrace, "Kernels.ConnectionLossGrace");
        Positive(options.Kernels.UnansweredAfter, "Kernels.UnansweredAfter");
        if (options.Kernels.SettleTime < TimeSpan.Zero) failures.Add($"Kernels.SettleTime: {options.Kernels.SettleTime} is negative.");
        NotTooLong(options.Kernels.SettleTime, "Kernels.SettleTime");
        AtLeast(options.Kernels.MaxRestarts, 0, "Kernels.MaxRestarts");
        AtLeast(options.MaxMemory, 16 << 20, "MaxMemory");
        AtLeast(options.RetainedExecutions, 1, "RetainedExecutions");
        AtLeast(options.RetainedExecutionBytes, 0, "RetainedExecutionBytes");
        AtLeast(options.MaxSpillBytes, 0, "MaxSpillBytes");
        Positive(options.ReaderIdleTimeout, "ReaderIdleTimeout");
        if (options.ReaderIdleTimeout > TimeSpan.FromDays(30)) failures.Add($"ReaderIdleTimeout: {options.ReaderIdleTimeout} is more than 30 days.");
        if (options.SpillDirectory is { } spill && !Directory.Exists(spill)) failures.Add($"SpillDirectory: '{spill}' does not exist.");
        AtLeast(options.Contexts.MaxQueuedExecutions, 0, "Contexts.MaxQueuedExecutions");
        AtLeast(options.Contexts.MaxContexts, 1, "Contexts.MaxContexts");
        AtLeast(options.Contexts.MaxOutputBytes, 1, "Contexts.MaxOutputBytes");
        AtLeast(options.Contexts.JournalMemoryBytes, 4096, "Contexts.JournalMemoryBytes");
        AtLeast(options.Contexts.MaxCodeBytes, 1, "Contexts.MaxCodeBytes");
        if (options.Contexts.DefaultTimeout is { } defaultTimeout) Positive(defaultTimeout, "Contexts.DefaultTimeout");
        if (options.Contexts.MaxTimeout is { } maxTimeout) Positive(maxTimeout, "Contexts.MaxTimeout");
        if (options.Contexts.DefaultTimeout > options.Contexts.MaxTimeout)
        {
            failures.Add($"Contexts.DefaultTimeout: {options.Contexts.DefaultTimeout} is more than Contexts.MaxTimeout, {options.Contexts.MaxTimeout}.");
        }

        AtLeast(options.RichData.MaxBytes, 1, "RichData.MaxBytes");
        AtLeast(options.Prespawn, 0, "Prespawn");
        if (options.Prespawn > options.Contexts.MaxContexts)
        {
            failures.Add($"Prespawn: {options.Prespawn} kernels are more than there may be contexts (Contexts.MaxContexts is {options.Contexts.MaxContexts}).");
        }

        if (options.Contexts.Culling.IdleTimeout < TimeSpan.Zero) failures.Add($"Contexts.Culling.IdleTimeout: {options.Contexts.Culling.IdleTimeout} is negative.");
        Positive(options.Contexts.Culling.Interval, "Contexts.Culling.Interval");
        if (options.Contexts.Culling.Interval > TimeSpan.FromDays(1)) failures.Add($"Contexts.Culling.Interval: {options.Contexts.Culling.Interval} is more than a day.");
        if (options.ConnectionDirectory is { } connections && File.Exists(connections))
        {
            failures.Add($"ConnectionDirectory: '{connections}' is a file.");
        }

        if (options.DefaultWorkingDirectory is { } directory && !Directory.Exists(directory))
        {
            failures.Add($"DefaultWorkingDirectory: '{directory}' does not exist.");
        }

        Waitable(options.Launching.KillTimeout, "Launching.KillTimeout");
        Waitable(options.Launching.RegistrationTimeout, "Launching.RegistrationTimeout");
        if (options.Launching.OpenFilesLimit is { } openFiles) AtLeast(openFiles, 1, "Launching.OpenFilesLimit");
        if (ProcessLimits.FindMemoryProblem(options.Launching.MemoryLimit) is { } memory)
            failures.Add($"Launching.MemoryLimit: {options.Launching.MemoryLimit} {memory}.");
        if (ProcessLimits.FindProcessProblem(options.Launching.ProcessLimit) is { } processes)
            failures.Add($"Launching.ProcessLimit: {options.Launching.ProcessLimit} {processes}.");
        foreach (var (variable, value) in options.Launching.Variables)
        {
            if (!VariableName.IsPossible(variable)) failures.Add($"Launching.Variables: '{variable}' is not a name of a variable.");
            else if (value is null || value.Contains('\0', StringComparison.Ordinal))
                failures.Add($"Launching.Variables: the value of '{variable}' contains a NUL character, or is missing.");
        }

        if (options.Launching.KernelUser is { } user)
        {
            if (KernelUser.TryCreate(user, out var problem) is null) failures.Add($"Launching.KernelUser: {problem}.");
            if (options.Launching.IpcKernels.Count > 0)
            {
                failures.Add(
                    "Launching.IpcKernels: kernels of another user (Launching.KernelUser) cannot use Unix sockets in the gateway's directory.");
            }
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Positive(TimeSpan value, string option)
        {
            if (value <= TimeSpan.Zero) failures.Add($"{option}: {value} is not more than zero.");
            NotTooLong(value, option);
        }

        void Waitable(TimeSpan value, string option)
        {
            if (value < TimeSpan.Zero && value != Timeout.InfiniteTimeSpan)
                failures.Add($"{option}: {value} is negative and not infinite.");
            NotTooLong(value, option);
        }

        void NotTooLong(TimeSpan value, string option)
        {
            if (value > DurationLimit.Max) failures.Add($"{option}: {value} is more than {DurationLimit.Max.TotalDays:0} days.");
        }

        void AtLeast(long value, long minimum, string option)
        {
            if (value < minimum) failures.Add($"{option}: {value} is less than {minimum}.");
        }
    }
}
