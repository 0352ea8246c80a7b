using KernelGateway.Processes.Owners;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Users;

namespace KernelGateway.SandboxServices;

/// <summary>The files, commands and terminals of the machine as members of a gateway.</summary>
/// <remarks>
/// <code>
/// await using var gateway = await Gateway.StartAsync();
/// await gateway.Files.WriteAsync("/tmp/a.txt", stream);
/// CommandResult counted = await gateway.Commands.RunAsync("wc -l /tmp/a.txt");
/// </code>
/// The gateway creates a <see cref="LocalSandbox"/> when one of the members is used first, unless one was attached before. It is
/// disposed with the gateway: then no process is left that was started through it.
/// </remarks>
public static class GatewayExtensions
{
    /// <summary>Gives a gateway its services.</summary>
    /// <param name="gateway">The gateway.</param>
    extension(IProcessOwner gateway)
    {
        /// <summary>Gets the services of the machine; its commands have the variables of the kernels.</summary>
        /// <exception cref="ObjectDisposedException">The gateway is disposed.</exception>
        public LocalSandbox Sandbox
        {
            get
            {
                ArgumentNullException.ThrowIfNull(gateway);
                return gateway.GetOrAttach(() => LocalSandbox.CreateFor(gateway));
            }
        }

        /// <summary>Gets the files as the default user reads and writes them.</summary>
        /// <exception cref="ObjectDisposedException">The gateway is disposed.</exception>
        /// <exception cref="UnknownUserException">The default user does not exist any more.</exception>
        public SandboxFiles Files => gateway.Sandbox.Files;

        /// <summary>Gets the commands.</summary>
        /// <exception cref="ObjectDisposedException">The gateway is disposed.</exception>
        public SandboxCommands Commands => gateway.Sandbox.Commands;

        /// <summary>Gets the terminals.</summary>
        /// <exception cref="ObjectDisposedException">The gateway is disposed.</exception>
        public SandboxTerminals Terminals => gateway.Sandbox.Terminals;

        /// <summary>
        /// Attaches services that were created with options of one's own. From now on they belong to the gateway: their
        /// commands get its variables, and they are disposed with it.
        /// </summary>
        /// <param name="sandbox">The services.</param>
        /// <returns>The services.</returns>
        /// <exception cref="InvalidOperationException">The gateway has services already.</exception>
        /// <exception cref="ObjectDisposedException">The gateway is disposed.</exception>
        public LocalSandbox AttachSandbox(LocalSandbox sandbox)
        {
            ArgumentNullException.ThrowIfNull(gateway);
            ArgumentNullException.ThrowIfNull(sandbox);
            if (gateway.GetOrAttach(() => sandbox) != sandbox)
            {
                throw new InvalidOperationException(
                    "The gateway has a sandbox already: attach one before its files, commands or terminals are used.");
            }

            sandbox.SetOwner(gateway);
            return sandbox;
        }
    }
}
