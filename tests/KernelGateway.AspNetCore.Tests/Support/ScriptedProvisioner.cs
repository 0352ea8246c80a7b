using KernelGateway.Launching;
using KernelGateway.Testing;
using KernelGateway.Testing.Scripting;

namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>Starts scripted kernels in place of processes.</summary>
internal sealed class ScriptedProvisioner : IKernelProvisioner
{
    /// <summary>Gets the kernels that were started, in order.</summary>
    public AwaitableLog<ScriptedKernel> Kernels { get; } = new();

    /// <summary>Gets what was to be launched, in order.</summary>
    public AwaitableLog<KernelLaunch> Launches { get; } = new();

    /// <summary>Gets or sets what a launch waits for before it starts a kernel.</summary>
    public Func<CancellationToken, Task>? BeforeLaunch { get; set; }

    /// <summary>Gets or sets what the gateway's question whether a kernel could be launched waits for.</summary>
    public Func<CancellationToken, Task>? BeforeCheck { get; set; }

    /// <summary>Gets or sets what is done when the gateway asks whether a kernel could be launched.</summary>
    public Action<KernelLaunch>? Checking { get; set; }

    public async Task CheckAsync(KernelLaunch launch, CancellationToken cancellationToken = default)
    {
        if (BeforeCheck is not null) await BeforeCheck(cancellationToken);
        Checking?.Invoke(launch);
    }

    /// <summary>Lets no kernel start from now on, and gives a task that ends when a launch has been given up.</summary>
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

        // Without a welcome the gateway asks again until it sees an answer published; by a clock that stands still, never.
        var kernel = await ScriptedKernel.StartAsync(new ScriptedKernelOptions { SendsWelcome = true }, cancellationToken);
        Kernels.Add(kernel);
        return new ScriptedProcess(kernel);
    }
}
