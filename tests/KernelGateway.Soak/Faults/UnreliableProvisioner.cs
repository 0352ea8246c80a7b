using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Soak.Books;

namespace KernelGateway.Soak.Faults;

/// <summary>Starts local kernels and sometimes throws an exception that its contract does not mention.</summary>
internal sealed class UnreliableProvisioner(LocalKernelProvisioner provisioner, Tally tally, Random random) : IKernelProvisioner
{
    private const double FailureRate = 0.05;
    /// <summary>The message of its exceptions, which also appears in logs.</summary>
    public const string Message = "The provisioner of the soak fails now and then.";

    private readonly Lock _gate = new();

    public static bool IsCauseOf(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause.Message.Contains(Message, StringComparison.Ordinal)) return true;
        }

        return false;
    }

    public Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken = default)
    {
        bool fails;
        lock (_gate) fails = random.NextDouble() < FailureRate;
        if (!fails) return provisioner.LaunchAsync(launch, cancellationToken);
        tally.Add(Tally.LaunchFailures);
        throw new InvalidOperationException(Message);
    }
}
