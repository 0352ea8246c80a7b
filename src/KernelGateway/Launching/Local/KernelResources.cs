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

    /// <summary>Removes the files and gives the address back, in this order: by then nobody can find the kernel any more.</summary>
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
