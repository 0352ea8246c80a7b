using KernelGateway.Launching.Addresses;
using KernelGateway.Launching.Registration;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Limits;

namespace KernelGateway.Launching.Local;

/// <summary>The resources of one kernel besides its process: files, an address, a ticket of the registrar.</summary>
internal sealed class KernelResources(KernelFiles files)
{
    internal KernelFiles Files => files;

    internal KernelAddress? Address { get; set; }

    internal RegistrationTicket? Ticket { get; set; }

    /// <summary>The control group of the kernel and of all that it starts; null when it has none.</summary>
    internal ControlGroup? Group { get; set; }

    /// <summary>What removes the group when background processes outlive the kernel.</summary>
    internal LingeringGroups Lingering { get; init; } = LingeringGroups.Shared;

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
