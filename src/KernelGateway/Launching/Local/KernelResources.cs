using KernelGateway.Launching.Addresses;
using KernelGateway.Launching.Registration;
using KernelGateway.Launching.RunDirectories;

namespace KernelGateway.Launching.Local;

/// <summary>The resources of one kernel besides its process: files, an address, a ticket of the registrar.</summary>
internal sealed class KernelResources(KernelFiles files)
{
    internal KernelFiles Files => files;

    internal KernelAddress? Address { get; set; }

    internal RegistrationTicket? Ticket { get; set; }

    /// <summary>The background processes to end with the kernel; null when they may continue.</summary>
    internal BackgroundProcesses? Background { get; set; }

    /// <summary>
    /// Removes the files and then releases the address, so that no client finds an address that another kernel may have.
    /// </summary>
    internal void Release()
    {
        Ticket?.Dispose();
        files.Delete();
        Address?.Dispose();
    }

    /// <summary>Leaves files and address to the kernel, which continues to run.</summary>
    internal void Keep()
    {
        Ticket?.Dispose();
        files.Keep();
    }
}
