using KernelGateway.Launching;
using KernelGateway.Testing;
using KernelGateway.Testing.Scripting;

namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>Starts scripted kernels in place of processes.</summary>
internal sealed class ScriptedProvisioner : IKernelProvisioner
{
    /// <summary>Gets the kernels that were started, in order.</summary>
    public AwaitableLog<ScriptedKernel> Kernels { get; } = new();

    /// <summary>Gets the launches that were requested, in order.</summary>
    public AwaitableLog<KernelLaunch> Launches { get; } = new();

    /// <summary>Gets or sets an asynchronous action before each launch.</summary>
    public Func<CancellationToken, Task>? BeforeLaunch { get; set; }

    /// <summary>Gets or sets an asynchronous action before each check whether a kernel can be launched.</summary>
    public Func<CancellationToken, Task>? BeforeCheck { get; set; }

    /// <summary>Gets or sets an action when the gateway checks whether a kernel can be launched.</summary>
    public Action<KernelLaunch>? Checking { get; set; }

    public async Task CheckAsync(KernelLaunch launch, CancellationToken cancellationToken = default)
    {
        if (BeforeCheck is not null) await BeforeCheck(cancellationToken);
        Checking?.Invoke(launch);
    }

    /// <summary>Blocks all further launches. The returned task completes when a launch has been cancelled.</summary>
    public Task HoldLaunches()
    {
        var givenUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        BeforeLaunch = async token =>
        {
            await Never.WaitAsync(token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            givenUp.SetResult();
            token.ThrowIfCancellationRequested();
        };
        return givenUp.Task;
    }

    public async Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken = default)
    {
        Launches.Add(launch);
        if (BeforeLaunch is not null) await BeforeLaunch(cancellationToken);

        // Without the welcome message the gateway repeats its request until it sees a published status. A clock that stands still prevents that.
        var kernel = await ScriptedKernel.StartAsync(new ScriptedKernelOptions { SendsWelcome = true }, cancellationToken);
        Kernels.Add(kernel);
        return new ScriptedProcess(kernel);
    }
}
