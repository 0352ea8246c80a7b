using System.Runtime.InteropServices;

namespace KernelGateway.Processes.Native;

/// <summary>The C structure <c>pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor(int descriptor, short events = LibC.PollIn)
{
    internal readonly int Descriptor = descriptor;
    internal readonly short Events = events;
    internal short ReturnedEvents;
}
