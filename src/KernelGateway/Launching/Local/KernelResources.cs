using KernelGateway.Launching.Addresses;
using KernelGateway.Launching.Registration;
using KernelGateway.Launching.RunDirectories;

namespace KernelGateway.Launching.Local;

/// <summary>What one kernel occupies beside its process: files, an address, a place at the registrar.</summary>
internal sealed class KernelResources(KernelFiles files)
{
    internal KernelFiles Files => files;

    internal KernelAddress? Address { get; set; }

    internal RegistrationTicket? Ticket { get; set; }

    /// <summary>What the kernel leaves running; null when it may.</summary>
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

    /// <summary>Leaves files and address to the kernel, which lives on.</summary>
    internal void Keep()
    {
        Ticket?.Dispose();
        files.Keep();
    }
}
