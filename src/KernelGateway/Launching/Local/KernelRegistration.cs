using KernelGateway.Kernelspecs;
using KernelGateway.Launching.Registration;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Protocol.Connection;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Launching.Local;

/// <summary>The start of kernels that choose their ports themselves and report them.</summary>
/// <remarks>JEP 66. Such a kernel is given a registration file, and gets its connection file when it has registered.</remarks>
/// <param name="timeout">How long a kernel has to register.</param>
/// <param name="logger">Receives what is refused.</param>
/// <param name="time">The clock.</param>
internal sealed class KernelRegistration(TimeSpan timeout, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    private readonly KernelRegistrar _registrar = new(logger, time);

    /// <summary>Writes the registration file of a kernel, and expects it to register.</summary>
    public async Task<RegistrationTicket> OpenAsync(
        KernelFiles files, KernelConnectionInfo connectionInfo, CancellationToken cancellationToken)
    {
        var port = await _registrar.GetPortAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        await RegistrationFile
            .WriteAsync(files.RegistrationFilePath, files.Name, connectionInfo, KernelRegistrar.Ip, port, cancellationToken)
            .ConfigureAwait(false);
        return _registrar.Open(files.Name, connectionInfo.Key);
    }

    /// <summary>Waits until a kernel has registered, and writes its connection file.</summary>
    /// <exception cref="KernelLaunchException">It has not registered in time, or has exited.</exception>
    public async Task CompleteAsync(
        KernelSpec spec,
        LocalKernelProcess process,
        KernelFiles files,
        RegistrationTicket ticket,
        CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAny(ticket.Registered, process.Exited)
                .WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw KernelLaunchException.NotReadyInTime(spec.Name, timeout, process.StandardErrorTail);
        }

        if (!ticket.Registered.IsCompleted)
        {
            var exit = await process.Exited.ConfigureAwait(false);
            throw KernelLaunchException.ExitedEarly(spec.Name, exit, process.StandardErrorTail);
        }

        var ports = await ticket.Registered.ConfigureAwait(false);
        process.ConnectionInfo = process.ConnectionInfo with
        {
            ShellPort = ports.Shell,
            IOPubPort = ports.IOPub,
            StdinPort = ports.Stdin,
            ControlPort = ports.Control,
            HeartbeatPort = ports.Heartbeat,
        };
        await ConnectionFile
            .WriteAsync(files.ConnectionFilePath, process.ConnectionInfo, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _registrar.DisposeAsync();
}
