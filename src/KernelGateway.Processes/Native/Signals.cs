namespace KernelGateway.Processes.Native;

/// <summary>The signals that are sent to processes; their numbers are the same on all supported systems.</summary>
internal static class Signals
{
    internal const int Interrupt = 2;
    internal const int Kill = 9;
    internal const int Terminate = 15;
}
