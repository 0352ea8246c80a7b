using KernelGateway.Protocol.Wire;

namespace KernelGateway.Launching.Registration;

/// <summary>One kernel that is expected to register, or has. Disposed with its kernel.</summary>
internal sealed class RegistrationTicket(KernelRegistrar registrar, string registrationId, MessageSigner signer) : IDisposable
{
    private readonly TaskCompletionSource<RegisteredPorts> _registered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The id with which the kernel registers.</summary>
    internal string RegistrationId => registrationId;

    internal MessageSigner Signer => signer;

    /// <summary>Completes with the kernel's ports; never when it does not register.</summary>
    internal Task<RegisteredPorts> Registered => _registered.Task;

    /// <summary>Accepts the ports; false when the kernel is registered with other ones.</summary>
    internal async ValueTask<bool> AcceptAsync(RegisteredPorts ports) =>
        // A kernel whose answer was lost repeats its request and is answered again.
        _registered.TrySetResult(ports) || await _registered.Task.ConfigureAwait(false) == ports;

    public void Dispose() => registrar.Close(this);
}
