using KernelGateway.Kernelspecs;

namespace KernelGateway.Launching.Local;

/// <summary>The provisioners of one gateway: passes each launch to the provisioner that its kernelspec asks for.</summary>
/// <remarks>
/// A kernelspec names its provisioner in its metadata (<see cref="KernelSpec.ProvisionerName"/>), as in Jupyter. A kernelspec
/// that names none is served by the default provisioner: the one that was added without a name, else
/// <see cref="LocalKernelProvisioner.Name"/>.
/// Local processes are not available beside a default provisioner of the host unless the host adds them: a kernelspec must not be
/// able to leave a container by naming another provisioner.
/// </remarks>
internal sealed class KernelProvisioners : IKernelProvisioner, IAsyncDisposable
{
    private readonly Dictionary<string, IKernelProvisioner> _named;
    private readonly IKernelProvisioner _default;
    private readonly LocalKernelProvisioner? _own;

    /// <summary>Creates the object with the provisioners of the host; the host disposes them.</summary>
    /// <param name="added">The one without a name, or null.</param>
    /// <param name="named">Those with a name.</param>
    /// <param name="createLocal">Creates the provisioner for local processes, unless the host has replaced it.</param>
    public KernelProvisioners(
        IKernelProvisioner? added, IReadOnlyDictionary<string, IKernelProvisioner> named, Func<LocalKernelProvisioner> createLocal)
    {
        _named = new Dictionary<string, IKernelProvisioner>(named, StringComparer.Ordinal);
        _default = added ?? _named.GetValueOrDefault(LocalKernelProvisioner.Name) ?? (_own = createLocal());
        if (_default is LocalKernelProvisioner) _named.TryAdd(LocalKernelProvisioner.Name, _default);
    }

    /// <summary>Returns whether this is the key of a kernel of a local provisioner.</summary>
    public bool HasKey(string key) =>
        _named.Values.Prepend(_default).OfType<LocalKernelProvisioner>().Any(provisioner => provisioner.HasKey(key));

    /// <exception cref="KernelLaunchException">There is no provisioner of that name, or the kernel could not be started.</exception>
    public Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken) =>
        Find(launch).LaunchAsync(launch with { IsProvisionerChosen = true }, cancellationToken);

    /// <exception cref="KernelLaunchException">There is no provisioner of that name, or the kernel could not be started.</exception>
    public Task CheckAsync(KernelLaunch launch, CancellationToken cancellationToken) =>
        Find(launch).CheckAsync(launch with { IsProvisionerChosen = true }, cancellationToken);

    /// <summary>
    /// Returns the variables that kernels of a kernelspec inherit; none where a provisioner of the host decides on them.
    /// </summary>
    public IReadOnlyDictionary<string, string> GetInheritedVariables(KernelSpec spec)
    {
        var provisioner = spec.ProvisionerName is { } name ? _named.GetValueOrDefault(name) : _default;
        return provisioner is LocalKernelProvisioner local ? local.GetInheritedVariables(spec) : new Dictionary<string, string>();
    }

    public ValueTask DisposeAsync() => _own?.DisposeAsync() ?? ValueTask.CompletedTask;

    private IKernelProvisioner Find(KernelLaunch launch)
    {
        if (launch.Spec.ProvisionerName is not { } name) return _default;
        if (_named.TryGetValue(name, out var provisioner)) return provisioner;
        var names = string.Join(", ", _named.Keys.Order(StringComparer.Ordinal));
        var known = names.Length == 0 ? "none has a name" : $"there are: {names}";
        throw new KernelLaunchException(
            LaunchFailureReason.ProvisionerNotSupported,
            launch.Spec.Name,
            $"The kernelspec '{launch.Spec.Name}' asks for the provisioner '{name}', which the gateway does not have ({known}).");
    }
}
